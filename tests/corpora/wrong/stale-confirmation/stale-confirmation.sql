BEGIN;
SELECT balance FROM purse WHERE usr = 1 \gset
UPDATE purse SET balance = balance - 10 WHERE usr = 1;
COMMIT;
\set rest :balance - 10
