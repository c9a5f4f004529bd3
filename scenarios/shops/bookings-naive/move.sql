-- move: looks whether the booking stands and the other slot is free, then moves it there.
BEGIN;
SELECT state FROM room_booking WHERE id = :booking \gset
SELECT count(*) AS taken FROM room_booking
WHERE room = :room AND slot = :slot AND state = 'booked' AND id <> :booking \gset
\if :taken > 0 or :state <> 'booked'
  ROLLBACK;
\else
  UPDATE room_booking SET slot = :slot WHERE id = :booking;
  COMMIT;
\endif
