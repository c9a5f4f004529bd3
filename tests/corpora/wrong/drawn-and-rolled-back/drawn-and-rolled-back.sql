BEGIN;
INSERT INTO ticket (buyer, wins) VALUES (:buyer, false) RETURNING number \gset
UPDATE ticket SET wins = true WHERE number = :number AND number = 1;
UPDATE hall SET seats = seats - 1 WHERE id = 1 AND seats >= 1;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  COMMIT;
\endif
