CREATE TABLE product (id integer PRIMARY KEY, stock integer NOT NULL CHECK (stock >= 0));
CREATE TABLE seat (id integer PRIMARY KEY, buyer bigint NOT NULL);
INSERT INTO product VALUES (1, 2);
