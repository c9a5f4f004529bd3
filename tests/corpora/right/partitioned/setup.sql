CREATE TABLE seat (id integer NOT NULL, hall integer NOT NULL, free integer NOT NULL CHECK (free >= 0), PRIMARY KEY (id, hall)) PARTITION BY LIST (hall);
CREATE TABLE seat_1 PARTITION OF seat FOR VALUES IN (1);
CREATE TABLE seat_2 PARTITION OF seat FOR VALUES IN (2);
INSERT INTO seat VALUES (1, 1, 1), (1, 2, 1);
