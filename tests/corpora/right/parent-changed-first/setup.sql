CREATE TABLE room (id integer PRIMARY KEY, changes integer NOT NULL DEFAULT 0);
CREATE TABLE booking (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, room integer NOT NULL REFERENCES room, guest bigint NOT NULL);
INSERT INTO room (id) VALUES (1);
