BEGIN;
SELECT stock FROM product WHERE id = 1 \gset
\if :stock < 1
  ROLLBACK;
\else
  \effect payment 100
  UPDATE product SET stock = stock - 1 WHERE id = 1 AND stock >= 1;
  \if :ROW_COUNT = 0
    ROLLBACK;
  \else
    INSERT INTO sale (product, buyer) VALUES (1, :buyer);
    COMMIT;
  \endif
\endif
