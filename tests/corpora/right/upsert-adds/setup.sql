CREATE TABLE purse (usr integer PRIMARY KEY, balance integer NOT NULL CHECK (balance >= 0));
