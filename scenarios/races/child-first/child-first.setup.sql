-- One unit at a position, of which holds take some.
CREATE TABLE pos (
  id integer PRIMARY KEY,
  on_hand integer NOT NULL CHECK (on_hand >= 0),
  held integer NOT NULL DEFAULT 0 CHECK (held >= 0)
);
CREATE TABLE pos_hold (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  pos integer NOT NULL REFERENCES pos,
  buyer bigint NOT NULL
);
INSERT INTO pos (id, on_hand) VALUES (1, 1);
