-- optimistic: writes only if the version is still the one that was read. No row changed
-- means that another buyer came first: all is rolled back and tried again.
-- Looks like: JPA @Version, Rails lock_version, SQLAlchemy version_id_col, each with a retry
-- of the whole transaction; Prisma updateMany with the version in where, whose count is read.
BEGIN;
\set outcome_again false
SELECT stock, version FROM products WHERE id = :product_1 \gset
\sleep :think_us us
\set left :stock - :units_1
\set outcome_refused :left < 0
\if not :outcome_refused
  UPDATE products SET stock = :left, version = version + 1 WHERE id = :product_1 AND version = :version;
  \set outcome_again :ROW_COUNT = 0
\endif
\if :lines >= 2 and not :outcome_refused and not :outcome_again
  SELECT stock, version FROM products WHERE id = :product_2 \gset
  \set left :stock - :units_2
  \set outcome_refused :left < 0
  \if not :outcome_refused
    UPDATE products SET stock = :left, version = version + 1 WHERE id = :product_2 AND version = :version;
    \set outcome_again :ROW_COUNT = 0
  \endif
\endif
\if :lines >= 3 and not :outcome_refused and not :outcome_again
  SELECT stock, version FROM products WHERE id = :product_3 \gset
  \set left :stock - :units_3
  \set outcome_refused :left < 0
  \if not :outcome_refused
    UPDATE products SET stock = :left, version = version + 1 WHERE id = :product_3 AND version = :version;
    \set outcome_again :ROW_COUNT = 0
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
