-- check-then-decrement: reads, checks, and lets the database subtract. No update is lost,
-- but the check is old when the UPDATE runs: the stock goes below zero.
-- Looks like: a check in code, then Django F("stock") - n, Rails decrement!, Prisma
-- { decrement: n }.
BEGIN;
SELECT stock, version FROM products WHERE id = :product_1 \gset
\sleep :think_us us
\set outcome_refused :stock < :units_1
\if not :outcome_refused
  UPDATE products SET stock = stock - :units_1 WHERE id = :product_1;
\endif
\if :lines >= 2 and not :outcome_refused
  SELECT stock, version FROM products WHERE id = :product_2 \gset
  \set outcome_refused :stock < :units_2
  \if not :outcome_refused
    UPDATE products SET stock = stock - :units_2 WHERE id = :product_2;
  \endif
\endif
\if :lines >= 3 and not :outcome_refused
  SELECT stock, version FROM products WHERE id = :product_3 \gset
  \set outcome_refused :stock < :units_3
  \if not :outcome_refused
    UPDATE products SET stock = stock - :units_3 WHERE id = :product_3;
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
