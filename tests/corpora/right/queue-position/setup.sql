CREATE TABLE queue (id integer PRIMARY KEY, last integer NOT NULL);
CREATE TABLE place (queue integer NOT NULL REFERENCES queue, position integer NOT NULL, buyer bigint NOT NULL, PRIMARY KEY (queue, position));
INSERT INTO queue VALUES (1, 0);
