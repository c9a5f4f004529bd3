CREATE TABLE product (id integer PRIMARY KEY, stock integer NOT NULL, version integer NOT NULL DEFAULT 0);
CREATE TABLE sale (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, buyer bigint NOT NULL, price integer NOT NULL);
INSERT INTO product VALUES (1, 2);
