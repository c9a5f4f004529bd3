-- Wallets, which are made when they are first needed.
CREATE TABLE credit_wallet (
  usr integer PRIMARY KEY,
  balance integer NOT NULL CHECK (balance >= 0)
);
