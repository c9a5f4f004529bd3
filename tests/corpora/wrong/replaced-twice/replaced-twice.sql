BEGIN;
DELETE FROM cart_line WHERE cart = 1;
INSERT INTO cart_line VALUES (1, 11, 2), (1, 12, 1);
COMMIT;
