-- check-constraint: check-then-decrement on a table with CHECK (stock >= 0). The check in the
-- code is as old as there, but the database has the last word: SQLSTATE 23514 means that
-- there is not enough.
-- Looks like: Django PositiveIntegerField or CheckConstraint, Rails add_check_constraint,
-- and code that rescues the error.
-- sim: stock-check
BEGIN;
\set outcome_again false
SELECT stock, version FROM products WHERE id = :product_1 \gset
\sleep :think_us us
\set outcome_refused :stock < :units_1
\if not :outcome_refused
  UPDATE products SET stock = stock - :units_1 WHERE id = :product_1;
  \set outcome_refused :SQLSTATE = '23514'
  \set outcome_again :SQLSTATE = '40001' or :SQLSTATE = '40P01'
\endif
\if :lines >= 2 and not :outcome_refused and not :outcome_again
  SELECT stock, version FROM products WHERE id = :product_2 \gset
  \set outcome_refused :stock < :units_2
  \if not :outcome_refused
    UPDATE products SET stock = stock - :units_2 WHERE id = :product_2;
    \set outcome_refused :SQLSTATE = '23514'
    \set outcome_again :SQLSTATE = '40001' or :SQLSTATE = '40P01'
  \endif
\endif
\if :lines >= 3 and not :outcome_refused and not :outcome_again
  SELECT stock, version FROM products WHERE id = :product_3 \gset
  \set outcome_refused :stock < :units_3
  \if not :outcome_refused
    UPDATE products SET stock = stock - :units_3 WHERE id = :product_3;
    \set outcome_refused :SQLSTATE = '23514'
    \set outcome_again :SQLSTATE = '40001' or :SQLSTATE = '40P01'
  \endif
\endif
\if :outcome_refused or :outcome_again
  ROLLBACK;
\else
  WITH placed AS (INSERT INTO orders (checkout_key, buyer) VALUES (:checkout_key, :buyer) RETURNING id)
  INSERT INTO order_lines (order_id, line_no, product_id, units)
  SELECT placed.id, line.no, line.product_id, line.units
  FROM placed, unnest(:products::integer[], :units_of::integer[]) WITH ORDINALITY AS line (product_id, units, no);
  COMMIT;
\endif
