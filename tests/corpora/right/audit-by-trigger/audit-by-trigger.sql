BEGIN;
UPDATE meter SET reading = reading + :buyer WHERE id = 1;
COMMIT;
