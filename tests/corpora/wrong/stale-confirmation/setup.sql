CREATE TABLE purse (usr integer PRIMARY KEY, balance integer NOT NULL);
INSERT INTO purse VALUES (1, 100);
