CREATE TABLE seat (id integer PRIMARY KEY, buyer bigint NOT NULL);
CREATE TABLE notice (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, buyer bigint NOT NULL);
