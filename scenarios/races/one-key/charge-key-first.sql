-- charge-key-first: claims the key before anything else. The second request waits for the
-- first, finds the key, and answers with its charge. The session that claims the key has
-- the charge to itself until it commits.
-- Looks like: INSERT INTO keys ... ON CONFLICT DO NOTHING as the first statement.
BEGIN;
INSERT INTO idem (k) VALUES (:key) ON CONFLICT (k) DO NOTHING;
\if :ROW_COUNT = 1
  INSERT INTO charge (amount) VALUES (100) RETURNING id AS charge \gset
  \effect provider 100
  UPDATE idem SET charge = :charge WHERE k = :key;
\else
  SELECT charge FROM idem WHERE k = :key \gset
\endif
COMMIT;
