-- refund-total: the payment keeps the sum of its refunds, and one UPDATE checks and adds.
-- Looks like: UPDATE payment SET refunded = refunded + ? WHERE id = ? AND refunded + ? <= amount,
-- and its count is read.
BEGIN;
UPDATE payment SET refunded = refunded + :amount WHERE id = :payment AND refunded + :amount <= amount;
\if :ROW_COUNT = 1
  INSERT INTO refund (payment, amount) VALUES (:payment, :amount);
  COMMIT;
\else
  ROLLBACK;
\endif
