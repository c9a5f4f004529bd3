BEGIN;
UPDATE tally SET amount = amount + 5 WHERE id = 1;
COMMIT;
