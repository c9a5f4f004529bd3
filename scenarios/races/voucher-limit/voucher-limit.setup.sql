-- A voucher that may be used once.
CREATE TABLE voucher (
  id integer PRIMARY KEY,
  use_limit integer NOT NULL CHECK (use_limit >= 0),
  used integer NOT NULL DEFAULT 0 CHECK (used >= 0)
);
CREATE TABLE voucher_use (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  voucher integer NOT NULL REFERENCES voucher,
  buyer bigint NOT NULL
);
INSERT INTO voucher (id, use_limit) VALUES (1, 1);
