BEGIN;
INSERT INTO idem (k) VALUES (:key) ON CONFLICT (k) DO NOTHING;
\if :ROW_COUNT = 1
  \effect provider 100
  INSERT INTO charge (amount) VALUES (100) RETURNING id AS charge \gset
  UPDATE idem SET charge = :charge WHERE k = :key;
\endif
COMMIT;
