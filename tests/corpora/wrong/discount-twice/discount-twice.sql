\keep price 100
BEGIN;
SELECT version FROM product WHERE id = 1 \gset
\set price :price - 10
UPDATE product SET stock = stock - 1, version = version + 1 WHERE id = 1 AND version = :version;
\if :ROW_COUNT = 0
  ROLLBACK;
  \set outcome_again 1
\else
  INSERT INTO sale (buyer, price) VALUES (:buyer, :price);
  COMMIT;
\endif
