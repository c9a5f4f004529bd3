-- Charges, and the keys of requests; the second table of keys has the rule in its key.
CREATE TABLE charge (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  amount integer NOT NULL CHECK (amount > 0)
);
CREATE TABLE idem_loose (k integer NOT NULL, charge bigint REFERENCES charge);
CREATE TABLE idem (k integer PRIMARY KEY, charge bigint REFERENCES charge);
