BEGIN;
SELECT stock, version FROM product WHERE id = 1 \gset
\if :stock < 1
  ROLLBACK;
\else
  \set rest :stock - 1
  UPDATE product SET stock = :rest, version = version + 1 WHERE id = 1 AND version = :version;
  INSERT INTO sale (product, buyer) VALUES (1, :buyer);
  COMMIT;
\endif
