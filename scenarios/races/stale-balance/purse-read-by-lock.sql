-- purse-read-by-lock: the same, and goes on with what the locking read answered.
-- Looks like: $wallet = Wallet::lockForUpdate()->find($id), and that object is used.
SELECT balance AS before FROM purse WHERE id = :purse \gset
BEGIN;
SELECT balance FROM purse WHERE id = :purse FOR UPDATE \gset
\if :balance >= 80
  UPDATE purse SET balance = :balance - 80 WHERE id = :purse;
  COMMIT;
\else
  ROLLBACK;
\endif
