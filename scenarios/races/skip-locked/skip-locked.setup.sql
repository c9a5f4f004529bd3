-- One unit of a lot, in one row of stock.
CREATE TABLE quant (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  lot integer NOT NULL,
  qty integer NOT NULL CHECK (qty >= 0),
  reserved integer NOT NULL DEFAULT 0 CHECK (reserved >= 0)
);
CREATE TABLE lot_move (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  lot integer NOT NULL,
  buyer bigint NOT NULL
);
CREATE TABLE lot (id integer PRIMARY KEY);
INSERT INTO lot VALUES (7);
INSERT INTO quant (lot, qty) VALUES (7, 1);
