-- Two jobs, of which one at a time may be picked.
CREATE TABLE job (
  id integer PRIMARY KEY,
  state text NOT NULL CHECK (state IN ('queued', 'picked', 'done')),
  worker bigint
);
INSERT INTO job VALUES (1, 'queued'), (2, 'queued');
