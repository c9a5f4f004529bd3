-- withdraw: 80 from account 1. It reads the balance, and writes back what it computed.
BEGIN;
SELECT balance FROM account WHERE id = 1 \gset
\if :balance < 80
  ROLLBACK;
\else
  \set rest :balance - 80
  UPDATE account SET balance = :rest WHERE id = 1;
  INSERT INTO entry (account, buyer, amount) VALUES (1, :buyer, -80);
  COMMIT;
\endif
