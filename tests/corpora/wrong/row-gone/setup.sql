CREATE TABLE voucher (id integer PRIMARY KEY, worth integer NOT NULL);
INSERT INTO voucher VALUES (1, 20);
