CREATE TABLE purse (usr integer PRIMARY KEY, balance integer NOT NULL);
