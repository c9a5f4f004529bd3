CREATE TABLE bill (id integer PRIMARY KEY, total integer NOT NULL);
CREATE TABLE bill_line (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, bill integer NOT NULL REFERENCES bill, amount integer NOT NULL);
INSERT INTO bill VALUES (1, 0);
