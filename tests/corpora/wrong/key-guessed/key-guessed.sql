BEGIN;
INSERT INTO purchase (buyer) VALUES (:buyer);
SELECT max(id) AS purchase FROM purchase \gset
INSERT INTO purchase_line (purchase, product) VALUES (:purchase, 11);
COMMIT;
