BEGIN;
UPDATE room SET changes = changes + 1 WHERE id = 1;
SELECT count(*) AS taken FROM booking WHERE room = 1 \gset
\if :taken > 0
  ROLLBACK;
\else
  INSERT INTO booking (room, guest) VALUES (1, :buyer);
  COMMIT;
\endif
