CREATE TYPE mood AS ENUM ('calm', 'glad');
CREATE TABLE thing (
  id integer PRIMARY KEY, amount numeric(12, 3) NOT NULL, ratio double precision NOT NULL, since timestamptz NOT NULL,
  day date NOT NULL, span interval NOT NULL, tags text[] NOT NULL, body jsonb NOT NULL, raw bytea NOT NULL, feels mood NOT NULL,
  place point NOT NULL, nights int4range NOT NULL, net inet NOT NULL, nothing text, double integer GENERATED ALWAYS AS (id * 2) STORED
);
INSERT INTO thing VALUES (1, 10.500, 0.1, '2001-02-03 04:05:06.789+02', '2001-02-03', '1 day 02:00', '{a,"b c",NULL}',
  '{"b": [1, 2.50, null], "a": "x"}', '\x00ff', 'calm', '(1,2)', '[1,5)', '10.0.0.0/8', NULL);
