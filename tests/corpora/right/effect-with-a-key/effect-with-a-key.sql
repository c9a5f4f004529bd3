BEGIN;
UPDATE product SET stock = stock - 1 WHERE id = 1 AND stock >= 1;
\if :ROW_COUNT = 0
  INSERT INTO sale (product, buyer) VALUES (1, :buyer);
  ROLLBACK;
\else
  INSERT INTO sale (product, buyer) VALUES (1, :buyer) RETURNING id AS sale \gset
  COMMIT;
  \effect mail :sale
\endif
