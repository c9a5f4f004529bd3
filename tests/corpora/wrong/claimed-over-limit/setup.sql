CREATE TABLE task (id integer PRIMARY KEY, state text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'taken')), worker bigint);
INSERT INTO task (id) VALUES (1), (2);
