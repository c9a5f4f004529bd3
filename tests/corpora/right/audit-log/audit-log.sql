BEGIN;
UPDATE meter SET reading = reading + :buyer WHERE id = 1 RETURNING reading \gset
INSERT INTO audit (added, became) VALUES (:buyer, :reading);
COMMIT;
