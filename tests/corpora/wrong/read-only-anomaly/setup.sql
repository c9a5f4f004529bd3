CREATE TABLE giro (id integer PRIMARY KEY, balance integer NOT NULL);
CREATE TABLE savings (id integer PRIMARY KEY, balance integer NOT NULL);
INSERT INTO giro VALUES (1, 0);
INSERT INTO savings VALUES (1, 0);
