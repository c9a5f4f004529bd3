-- blind-decrement: lets the database subtract, so no update is lost; no statement checks
-- whether there is enough, and the stock goes below zero.
-- Looks like: Rails decrement_counter, Prisma { decrement: n } without a condition, Django
-- update(stock=F("stock") - n).
BEGIN;
\sleep :think_us us
UPDATE products SET stock = stock - :units_1 WHERE id = :product_1;
\if :lines >= 2
  UPDATE products SET stock = stock - :units_2 WHERE id = :product_2;
\endif
\if :lines >= 3
  UPDATE products SET stock = stock - :units_3 WHERE id = :product_3;
\endif
WITH placed AS (INSERT INTO orders (checkout_key, buyer) VALUES (:checkout_key, :buyer) RETURNING id)
INSERT INTO order_lines (order_id, line_no, product_id, units)
SELECT placed.id, line.no, line.product_id, line.units
FROM placed, unnest(:products::integer[], :units_of::integer[]) WITH ORDINALITY AS line (product_id, units, no);
COMMIT;
