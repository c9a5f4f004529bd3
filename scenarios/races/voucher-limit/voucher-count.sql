-- voucher-count: counts the uses, then inserts one. Two buyers that both counted none both
-- insert: they write different rows, and repeatable read finds nothing to refuse.
-- Looks like: if (await usageCount(code) < limit) { await createUsage(code) }.
BEGIN;
SELECT count(*) AS uses FROM voucher_use WHERE voucher = :voucher \gset
\if :uses >= 1
  ROLLBACK;
\else
  INSERT INTO voucher_use (voucher, buyer) VALUES (:voucher, :buyer);
  COMMIT;
\endif
