CREATE TABLE place (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, position integer NOT NULL, buyer bigint NOT NULL);
