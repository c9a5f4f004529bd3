-- version-ignored: writes only if the version is still the one that was read, and never
-- looks at how many rows that changed. The loser changes none, and orders all the same.
-- Looks like: a hand-written UPDATE ... AND version = ?, or Prisma updateMany, whose count
-- is not read. It differs from optimistic.sql in that alone.
BEGIN;
SELECT stock, version FROM products WHERE id = :product_1 \gset
\sleep :think_us us
\set left :stock - :units_1
\set outcome_refused :left < 0
\if not :outcome_refused
  UPDATE products SET stock = :left, version = version + 1 WHERE id = :product_1 AND version = :version;
\endif
\if :lines >= 2 and not :outcome_refused
  SELECT stock, version FROM products WHERE id = :product_2 \gset
  \set left :stock - :units_2
  \set outcome_refused :left < 0
  \if not :outcome_refused
    UPDATE products SET stock = :left, version = version + 1 WHERE id = :product_2 AND version = :version;
  \endif
\endif
\if :lines >= 3 and not :outcome_refused
  SELECT stock, version FROM products WHERE id = :product_3 \gset
  \set left :stock - :units_3
  \set outcome_refused :left < 0
  \if not :outcome_refused
    UPDATE products SET stock = :left, version = version + 1 WHERE id = :product_3 AND version = :version;
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
