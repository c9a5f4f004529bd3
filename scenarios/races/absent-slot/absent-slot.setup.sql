-- A host whose slots can be booked; the second table of bookings has the rule in its key.
CREATE TABLE host (id integer PRIMARY KEY);
CREATE TABLE booking (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  host integer NOT NULL REFERENCES host,
  slot integer NOT NULL,
  guest bigint NOT NULL
);
CREATE TABLE keyed_booking (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  host integer NOT NULL REFERENCES host,
  slot integer NOT NULL,
  guest bigint NOT NULL,
  UNIQUE (host, slot)
);
INSERT INTO host VALUES (1);
