BEGIN;
SAVEPOINT before_insert;
INSERT INTO purse (usr, balance) VALUES (1, 50);
\if :SQLSTATE = '23505'
  ROLLBACK TO SAVEPOINT before_insert;
  UPDATE purse SET balance = balance + 50 WHERE usr = 1;
\endif
COMMIT;
