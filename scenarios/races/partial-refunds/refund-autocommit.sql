-- refund-autocommit: adds up what was refunded, then inserts a refund, without a
-- transaction. The other request fits between the two.
-- Looks like: two awaited queries without $transaction, atomic() or @Transactional.
SELECT 100 - coalesce(sum(amount), 0) AS rest FROM refund WHERE payment = :payment \gset
\if :rest >= :amount
  INSERT INTO refund (payment, amount) VALUES (:payment, :amount);
  \set outcome_done 1
\else
  \set outcome_refused 1
\endif
