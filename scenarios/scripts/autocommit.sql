-- autocommit: a decrement with its check for each line, then the order, each on its own,
-- without a transaction. It never oversells; what it took before a refused line, an error
-- or a lost connection stays taken without an order; after an error it begins again.
-- Looks like: several awaited calls without $transaction, atomic() or @Transactional.
\set outcome_again false
\sleep :think_us us
UPDATE products SET stock = stock - :units_1 WHERE id = :product_1 AND stock >= :units_1;
\set outcome_refused :ROW_COUNT = 0
\if :lines >= 2 and not :outcome_refused
  UPDATE products SET stock = stock - :units_2 WHERE id = :product_2 AND stock >= :units_2;
  \set outcome_again :ERROR
  \set outcome_refused :ROW_COUNT = 0 and not :outcome_again
\endif
\if :lines >= 3 and not :outcome_refused and not :outcome_again
  UPDATE products SET stock = stock - :units_3 WHERE id = :product_3 AND stock >= :units_3;
  \set outcome_again :ERROR
  \set outcome_refused :ROW_COUNT = 0 and not :outcome_again
\endif
\if not :outcome_refused and not :outcome_again
  WITH placed AS (INSERT INTO orders (checkout_key, buyer) VALUES (:checkout_key, :buyer) RETURNING id)
  INSERT INTO order_lines (order_id, line_no, product_id, units)
  SELECT placed.id, line.no, line.product_id, line.units
  FROM placed, unnest(:products::integer[], :units_of::integer[]) WITH ORDINALITY AS line (product_id, units, no);
  \set outcome_again :ERROR
  \set outcome_done not :outcome_again
\endif
