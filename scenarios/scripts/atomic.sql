-- atomic: one UPDATE checks and subtracts. It waits for a row that another buyer holds, and
-- checks what that buyer left. No row changed means that there is not enough.
-- Looks like: Django filter(stock__gte=n).update(stock=F("stock") - n), Rails where(...)
-- .update_all, Prisma updateMany with gte in where: each with the count read.
BEGIN;
\sleep :think_us us
UPDATE products SET stock = stock - :units_1 WHERE id = :product_1 AND stock >= :units_1;
\set outcome_refused :ROW_COUNT = 0
\if :lines >= 2 and not :outcome_refused
  UPDATE products SET stock = stock - :units_2 WHERE id = :product_2 AND stock >= :units_2;
  \set outcome_refused :ROW_COUNT = 0
\endif
\if :lines >= 3 and not :outcome_refused
  UPDATE products SET stock = stock - :units_3 WHERE id = :product_3 AND stock >= :units_3;
  \set outcome_refused :ROW_COUNT = 0
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
