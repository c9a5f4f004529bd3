-- check-outside: reads and checks in one transaction, writes in the next. No isolation
-- level helps, since neither transaction sees anything wrong.
-- Looks like: a check in one request, service call or @Transactional method and the write
-- in another; any check before the transaction begins.
BEGIN;
SELECT stock, version FROM products WHERE id = :product_1 \gset
\set left_1 :stock - :units_1
\set outcome_refused :left_1 < 0
\if :lines >= 2 and not :outcome_refused
  SELECT stock, version FROM products WHERE id = :product_2 \gset
  \set left_2 :stock - :units_2
  \set outcome_refused :left_2 < 0
\endif
\if :lines >= 3 and not :outcome_refused
  SELECT stock, version FROM products WHERE id = :product_3 \gset
  \set left_3 :stock - :units_3
  \set outcome_refused :left_3 < 0
\endif
\if :outcome_refused
  ROLLBACK;
\else
  COMMIT;
  \sleep :think_us us
  BEGIN;
  UPDATE products SET stock = :left_1 WHERE id = :product_1;
  \if :lines >= 2
    UPDATE products SET stock = :left_2 WHERE id = :product_2;
  \endif
  \if :lines >= 3
    UPDATE products SET stock = :left_3 WHERE id = :product_3;
  \endif
  WITH placed AS (INSERT INTO orders (checkout_key, buyer) VALUES (:checkout_key, :buyer) RETURNING id)
  INSERT INTO order_lines (order_id, line_no, product_id, units)
  SELECT placed.id, line.no, line.product_id, line.units
  FROM placed, unnest(:products::integer[], :units_of::integer[]) WITH ORDINALITY AS line (product_id, units, no);
  COMMIT;
\endif
