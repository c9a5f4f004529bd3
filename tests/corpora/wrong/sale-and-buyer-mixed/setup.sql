CREATE TABLE product (id integer PRIMARY KEY, last_sale bigint, last_buyer bigint);
CREATE TABLE sale (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, buyer bigint NOT NULL);
INSERT INTO product VALUES (1);
