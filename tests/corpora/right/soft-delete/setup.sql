CREATE TABLE note (id integer PRIMARY KEY, deleted_at timestamptz, deleted_on date, deleted_by bigint);
INSERT INTO note (id) VALUES (1);
