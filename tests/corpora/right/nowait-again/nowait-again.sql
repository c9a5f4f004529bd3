BEGIN;
SELECT stock FROM product WHERE id = 1 FOR UPDATE NOWAIT \gset
\if :stock < 1
  ROLLBACK;
\else
  UPDATE product SET stock = stock - 1 WHERE id = 1;
  INSERT INTO sale (product, buyer) VALUES (1, :buyer);
  COMMIT;
\endif
