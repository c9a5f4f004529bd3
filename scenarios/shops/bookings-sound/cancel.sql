-- cancel: cancels the booking only if it stands. No row changed means that it does not.
BEGIN;
UPDATE room_booking SET state = 'cancelled' WHERE id = :booking AND state = 'booked';
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  INSERT INTO room_refund (booking, amount) VALUES (:booking, 40);
  COMMIT;
\endif
