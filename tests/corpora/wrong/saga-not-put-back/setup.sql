CREATE TABLE product (id integer PRIMARY KEY, stock integer NOT NULL CHECK (stock >= 0));
CREATE TABLE credit (buyer bigint PRIMARY KEY, amount integer NOT NULL CHECK (amount >= 0));
INSERT INTO product VALUES (1, 2);
INSERT INTO credit VALUES (1, 100), (2, 0);
