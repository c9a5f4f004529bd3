-- check-then-update: reads, checks, and writes back what it computed from the read. Two
-- buyers that read the same last unit both sell it; the stock never shows it.
-- Looks like: if product.stock >= n: product.stock -= n; product.save(), in a transaction
-- (Django, Rails, SQLAlchemy, JPA without @Version).
BEGIN;
SELECT stock, version FROM products WHERE id = :product_1 \gset
\sleep :think_us us
\set left :stock - :units_1
\set outcome_refused :left < 0
\if not :outcome_refused
  UPDATE products SET stock = :left WHERE id = :product_1;
\endif
\if :lines >= 2 and not :outcome_refused
  SELECT stock, version FROM products WHERE id = :product_2 \gset
  \set left :stock - :units_2
  \set outcome_refused :left < 0
  \if not :outcome_refused
    UPDATE products SET stock = :left WHERE id = :product_2;
  \endif
\endif
\if :lines >= 3 and not :outcome_refused
  SELECT stock, version FROM products WHERE id = :product_3 \gset
  \set left :stock - :units_3
  \set outcome_refused :left < 0
  \if not :outcome_refused
    UPDATE products SET stock = :left WHERE id = :product_3;
  \endif
\endif
\if :outcome_refused
  ROLLBACK;
\else
  WITH placed AS (INSERT INTO orders (checkout_key, buyer) VALUES (:checkout_key, :buyer) RETURNING id)
  INSERT INTO order_lines (order_id, line_no, product_id, units)
  SELECT placed.id, line.no, line.product_id, line.units
  FROM placed, unnest(:products::integer[], :units_of::integer[]) WITH ORDINALITY AS line (product_id, units, no);
  COMMIT;
\endif
