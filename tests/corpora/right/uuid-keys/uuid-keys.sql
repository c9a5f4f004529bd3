BEGIN;
INSERT INTO purchase (buyer) VALUES (:buyer) RETURNING id AS purchase \gset
INSERT INTO purchase_line (purchase, line, product) VALUES (:purchase, 1, 11), (:purchase, 2, 12);
COMMIT;
