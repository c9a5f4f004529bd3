-- A payment of 100, of which parts may be refunded.
CREATE TABLE payment (
  id integer PRIMARY KEY,
  amount integer NOT NULL CHECK (amount > 0),
  refunded integer NOT NULL DEFAULT 0 CHECK (refunded >= 0)
);
CREATE TABLE refund (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  payment integer NOT NULL REFERENCES payment,
  amount integer NOT NULL CHECK (amount > 0)
);
INSERT INTO payment (id, amount) VALUES (1, 100);
