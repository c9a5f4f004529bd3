-- book: counts a change of the room first. The UPDATE waits for other changes of the room,
-- and at repeatable read it is refused after one, which a lock alone would not be.
BEGIN;
UPDATE room SET changes = changes + 1 WHERE id = :room;
SELECT count(*) AS taken FROM room_booking WHERE room = :room AND slot = :slot AND state = 'booked' \gset
\if :taken > 0
  ROLLBACK;
\else
  INSERT INTO room_booking (room, slot, guest) VALUES (:room, :slot, :buyer);
  COMMIT;
\endif
