BEGIN;
SELECT stock FROM product WHERE id = 1 FOR UPDATE NOWAIT;
\if :SQLSTATE = '55P03'
  ROLLBACK;
\else
  UPDATE product SET stock = stock - 1 WHERE id = 1 AND stock >= 1;
  \if :ROW_COUNT = 0
    ROLLBACK;
  \else
    INSERT INTO sale (product, buyer) VALUES (1, :buyer);
    COMMIT;
  \endif
\endif
