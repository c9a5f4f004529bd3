INSERT INTO sale (buyer) VALUES (:buyer) RETURNING id AS sale \gset
UPDATE product SET last_sale = :sale WHERE id = 1;
UPDATE product SET last_buyer = :buyer WHERE id = 1;
\set outcome_done 1
