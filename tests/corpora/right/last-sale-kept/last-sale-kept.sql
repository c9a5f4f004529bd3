BEGIN;
INSERT INTO sale (buyer) VALUES (:buyer) RETURNING id AS sale \gset
UPDATE product SET stock = stock - 1, last_sale = :sale, last_buyer = :buyer WHERE id = 1 AND stock >= 1;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  COMMIT;
\endif
