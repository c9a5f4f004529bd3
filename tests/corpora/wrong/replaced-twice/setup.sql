CREATE TABLE cart_line (cart integer NOT NULL, product integer NOT NULL, units integer NOT NULL);
INSERT INTO cart_line VALUES (1, 11, 1);
