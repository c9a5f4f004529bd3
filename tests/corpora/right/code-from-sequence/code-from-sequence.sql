BEGIN;
INSERT INTO sale (buyer) VALUES (:buyer) RETURNING code \gset
INSERT INTO sale_line (sale, product) VALUES (:code, 1);
UPDATE product SET stock = stock - 1 WHERE id = 1 AND stock >= 1;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  COMMIT;
\endif
