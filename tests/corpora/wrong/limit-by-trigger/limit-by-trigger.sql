BEGIN;
INSERT INTO seat_use (buyer) VALUES (:buyer);
COMMIT;
