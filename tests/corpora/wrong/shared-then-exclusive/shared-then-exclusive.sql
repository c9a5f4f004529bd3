BEGIN;
SELECT stock FROM product WHERE id = 1 FOR SHARE \gset
\if :stock < 1
  ROLLBACK;
\else
  UPDATE product SET stock = stock - 1 WHERE id = 1;
  COMMIT;
\endif
