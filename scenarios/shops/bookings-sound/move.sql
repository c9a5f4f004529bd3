-- move: counts a change of the room first, and moves the booking only if it stands.
BEGIN;
UPDATE room SET changes = changes + 1 WHERE id = :room;
SELECT count(*) AS taken FROM room_booking
WHERE room = :room AND slot = :slot AND state = 'booked' AND id <> :booking \gset
\if :taken > 0
  ROLLBACK;
\else
  UPDATE room_booking SET slot = :slot WHERE id = :booking AND state = 'booked';
  \if :ROW_COUNT = 0
    ROLLBACK;
  \else
    COMMIT;
  \endif
\endif
