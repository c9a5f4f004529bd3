-- book: looks whether the slot is taken, then books it.
BEGIN;
SELECT count(*) AS taken FROM room_booking WHERE room = :room AND slot = :slot AND state = 'booked' \gset
\if :taken > 0
  ROLLBACK;
\else
  INSERT INTO room_booking (room, slot, guest) VALUES (:room, :slot, :buyer);
  COMMIT;
\endif
