CREATE TABLE account (id bigint PRIMARY KEY, balance integer NOT NULL);
INSERT INTO account VALUES (1, 50), (2, 50);
