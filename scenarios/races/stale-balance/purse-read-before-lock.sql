-- purse-read-before-lock: reads the balance, then begins, locks the row, and goes on with
-- what it had read before. The lock guards nothing.
-- Looks like: a model that was loaded before the transaction, and lockForUpdate() whose
-- answer is thrown away.
SELECT balance AS before FROM purse WHERE id = :purse \gset
BEGIN;
SELECT balance AS locked FROM purse WHERE id = :purse FOR UPDATE;
\if :before >= 80
  UPDATE purse SET balance = :before - 80 WHERE id = :purse;
  COMMIT;
\else
  ROLLBACK;
\endif
