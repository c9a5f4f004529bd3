-- voucher-lock-first: locks the voucher before it counts. At read committed the count sees
-- what the buyer before left. At repeatable read it does not: the snapshot is as old as the
-- lock statement, which had to wait, and the lock changes no row that could be refused.
-- Looks like: SELECT ... FOR UPDATE on the parent, then the check on its children.
BEGIN;
SELECT id FROM voucher WHERE id = :voucher FOR UPDATE;
SELECT count(*) AS uses FROM voucher_use WHERE voucher = :voucher \gset
\if :uses >= 1
  ROLLBACK;
\else
  INSERT INTO voucher_use (voucher, buyer) VALUES (:voucher, :buyer);
  COMMIT;
\endif
