\set source 2 - :buyer % 2
\set target 3 - :source
BEGIN;
UPDATE account SET balance = balance - 60 WHERE id = :source;
UPDATE account SET balance = balance + 60 WHERE id = :target;
COMMIT;
