CREATE TABLE hold (id integer PRIMARY KEY, state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'confirmed', 'expired')));
INSERT INTO hold (id) VALUES (1);
