CREATE TABLE meter (id integer PRIMARY KEY, reading integer NOT NULL);
CREATE TABLE audit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), added integer NOT NULL, became integer NOT NULL);
INSERT INTO meter VALUES (1, 10);
