-- withdraw: one UPDATE checks and takes. No row changed means that there is not enough.
BEGIN;
UPDATE account SET balance = balance - 80 WHERE id = 1 AND balance >= 80;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  INSERT INTO entry (account, buyer, amount) VALUES (1, :buyer, -80);
  COMMIT;
\endif
