-- naive: reads the stock, subtracts, and writes the result back; no statement checks
-- whether there is enough. Buyers write over each other, and what is gone is sold on.
-- Looks like: product.stock -= n; product.save() of any ORM, as it comes out of a tutorial.
BEGIN;
SELECT stock, version FROM products WHERE id = :product_1 \gset
\sleep :think_us us
\set left :stock - :units_1
UPDATE products SET stock = :left WHERE id = :product_1;
\if :lines >= 2
  SELECT stock, version FROM products WHERE id = :product_2 \gset
  \set left :stock - :units_2
  UPDATE products SET stock = :left WHERE id = :product_2;
\endif
\if :lines >= 3
  SELECT stock, version FROM products WHERE id = :product_3 \gset
  \set left :stock - :units_3
  UPDATE products SET stock = :left WHERE id = :product_3;
\endif
WITH placed AS (INSERT INTO orders (checkout_key, buyer) VALUES (:checkout_key, :buyer) RETURNING id)
INSERT INTO order_lines (order_id, line_no, product_id, units)
SELECT placed.id, line.no, line.product_id, line.units
FROM placed, unnest(:products::integer[], :units_of::integer[]) WITH ORDINALITY AS line (product_id, units, no);
COMMIT;
