BEGIN;
INSERT INTO sale (product, buyer) VALUES (1, :buyer);
UPDATE product SET stock = stock - 1 WHERE id = 1 AND stock >= 1;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  COMMIT;
\endif
