-- voucher-counter: the voucher counts its uses, and one UPDATE checks and adds. No row
-- changed means that the voucher is used up.
-- Looks like: updateMany({ where: { id, used: { lt: limit } }, data: { used: { increment: 1 } } }),
-- and its count is read.
BEGIN;
UPDATE voucher SET used = used + 1 WHERE id = :voucher AND used < use_limit;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  INSERT INTO voucher_use (voucher, buyer) VALUES (:voucher, :buyer);
  COMMIT;
\endif
