CREATE TABLE hall (id integer PRIMARY KEY, seats integer NOT NULL CHECK (seats >= 0));
CREATE TABLE ticket (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, buyer bigint NOT NULL, wins boolean NOT NULL);
INSERT INTO hall VALUES (1, 1);
