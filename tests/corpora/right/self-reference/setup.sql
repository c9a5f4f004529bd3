CREATE TABLE message (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, answers bigint REFERENCES message, writer bigint NOT NULL);
CREATE TABLE quota (id integer PRIMARY KEY, messages integer NOT NULL);
INSERT INTO quota VALUES (1, 2);
