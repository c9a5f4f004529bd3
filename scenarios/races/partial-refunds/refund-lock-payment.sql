-- refund-lock-payment: locks the payment, then adds up. Right at read committed; at
-- repeatable read the sum is as old as the statement that waited for the lock.
-- Looks like: find_by_id_for_update(payment), then the sum of its refunds.
BEGIN;
SELECT id FROM payment WHERE id = :payment FOR UPDATE;
SELECT 100 - coalesce(sum(amount), 0) AS rest FROM refund WHERE payment = :payment \gset
\if :rest >= :amount
  INSERT INTO refund (payment, amount) VALUES (:payment, :amount);
  COMMIT;
\else
  ROLLBACK;
\endif
