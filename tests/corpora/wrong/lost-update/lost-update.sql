BEGIN;
SELECT balance FROM purse WHERE usr = 1 \gset
\set sum :balance + 50
UPDATE purse SET balance = :sum WHERE usr = 1;
COMMIT;
