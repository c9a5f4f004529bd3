BEGIN;
INSERT INTO sale (product, buyer) VALUES (1, :buyer) RETURNING id AS sale \gset
UPDATE product SET stock = stock - 1 WHERE id = 1 AND stock >= 1;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  INSERT INTO outbox (body) VALUES (jsonb_build_object('sale', :sale::bigint, 'kind', 'sold'));
  COMMIT;
\endif
