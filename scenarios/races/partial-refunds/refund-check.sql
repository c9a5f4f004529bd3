-- refund-check: the same in a transaction. That alone changes nothing: neither request sees
-- the refund of the other, and they write different rows.
-- Looks like: a sum over the children in code, then an INSERT, in one transaction.
BEGIN;
SELECT 100 - coalesce(sum(amount), 0) AS rest FROM refund WHERE payment = :payment \gset
\if :rest >= :amount
  INSERT INTO refund (payment, amount) VALUES (:payment, :amount);
  COMMIT;
\else
  ROLLBACK;
\endif
