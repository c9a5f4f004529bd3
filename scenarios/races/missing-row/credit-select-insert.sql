-- credit-select-insert: looks for the wallet, inserts it where there is none, else adds to
-- it. Two requests that both found none both insert, and one is told of SQLSTATE 23505.
-- Looks like: an upsert of an ORM that is a SELECT and an INSERT underneath.
BEGIN;
SELECT balance FROM credit_wallet WHERE usr = :usr \aset
\if :balance is null
  INSERT INTO credit_wallet (usr, balance) VALUES (:usr, 50);
\else
  UPDATE credit_wallet SET balance = balance + 50 WHERE usr = :usr;
\endif
COMMIT;
