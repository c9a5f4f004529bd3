-- A room, and one booking in it: of slot 8. Slot 9 is free.
CREATE TABLE room (
  id integer PRIMARY KEY,
  name text NOT NULL UNIQUE,
  changes integer NOT NULL DEFAULT 0
);
CREATE TABLE room_booking (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  room integer NOT NULL REFERENCES room,
  slot integer NOT NULL CHECK (slot BETWEEN 0 AND 23),
  guest bigint NOT NULL,
  state text NOT NULL DEFAULT 'booked' CHECK (state IN ('booked', 'cancelled'))
);
CREATE TABLE room_refund (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  booking bigint NOT NULL REFERENCES room_booking,
  amount integer NOT NULL CHECK (amount > 0)
);
INSERT INTO room (id, name) VALUES (1, 'attic');
INSERT INTO room_booking (room, slot, guest) VALUES (1, 8, 101);
