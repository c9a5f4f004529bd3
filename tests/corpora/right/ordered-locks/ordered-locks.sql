\set source 2 - :buyer % 2
\set target 3 - :source
BEGIN;
SELECT id FROM account WHERE id = 1 FOR UPDATE;
SELECT id FROM account WHERE id = 2 FOR UPDATE;
UPDATE account SET balance = balance - 60 WHERE id = :source;
UPDATE account SET balance = balance + 60 WHERE id = :target;
COMMIT;
