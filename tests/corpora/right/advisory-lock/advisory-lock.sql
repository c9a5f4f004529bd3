BEGIN;
SELECT pg_advisory_xact_lock(17);
SELECT stock FROM product WHERE id = 1 \gset
\if :stock < 1
  ROLLBACK;
\else
  \set rest :stock - 1
  UPDATE product SET stock = :rest WHERE id = 1;
  INSERT INTO sale (product, buyer) VALUES (1, :buyer);
  COMMIT;
\endif
