-- Three units of an item. Two are held: by hold 1, which is confirmed and expired below, and
-- by hold 2, which stays as it is.
CREATE TABLE item (
  id integer PRIMARY KEY,
  name text NOT NULL UNIQUE,
  on_hand integer NOT NULL CHECK (on_hand >= 0),
  held integer NOT NULL DEFAULT 0 CHECK (held >= 0)
);
CREATE TABLE item_hold (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  item integer NOT NULL REFERENCES item,
  buyer bigint NOT NULL,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'confirmed', 'expired'))
);
CREATE TABLE purchase (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hold bigint NOT NULL REFERENCES item_hold,
  buyer bigint NOT NULL
);
INSERT INTO item (id, name, on_hand, held) VALUES (1, 'lamp', 3, 2);
INSERT INTO item_hold (item, buyer) VALUES (1, 101), (1, 102);
