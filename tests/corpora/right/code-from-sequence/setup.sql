CREATE SEQUENCE sale_code;
CREATE TABLE product (id integer PRIMARY KEY, stock integer NOT NULL);
CREATE TABLE sale (code text PRIMARY KEY DEFAULT 'S-' || nextval('sale_code'), buyer bigint NOT NULL);
CREATE TABLE sale_line (sale text NOT NULL REFERENCES sale, product integer NOT NULL REFERENCES product);
INSERT INTO product VALUES (1, 1);
