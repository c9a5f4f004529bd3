CREATE TABLE stay (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, guest bigint NOT NULL, nights int4range NOT NULL, EXCLUDE USING gist (nights WITH &&));
