BEGIN;
UPDATE giro SET balance = balance - 10 WHERE id = 1;
UPDATE savings SET balance = balance + 10 WHERE id = 1;
COMMIT;
