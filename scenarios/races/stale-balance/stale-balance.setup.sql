-- A wallet of 100.
CREATE TABLE purse (
  id integer PRIMARY KEY,
  balance integer NOT NULL CHECK (balance >= 0)
);
INSERT INTO purse VALUES (1, 100);
