-- Two accounts of 100 each. What is booked of an account must add up to its balance.
CREATE TABLE account (
  id integer PRIMARY KEY,
  opening integer NOT NULL CHECK (opening >= 0),
  balance integer NOT NULL CHECK (balance >= 0)
);
CREATE TABLE entry (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account integer NOT NULL REFERENCES account,
  buyer bigint NOT NULL,
  amount integer NOT NULL CHECK (amount <> 0)
);
INSERT INTO account VALUES (1, 100, 100), (2, 100, 100);
