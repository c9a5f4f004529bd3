CREATE TABLE product (id integer PRIMARY KEY, stock integer NOT NULL);
CREATE TABLE sale (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, product integer NOT NULL REFERENCES product, buyer bigint NOT NULL);
INSERT INTO product (id, stock) VALUES (1, 2);
