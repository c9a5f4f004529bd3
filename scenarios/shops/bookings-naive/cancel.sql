-- cancel: looks whether the booking stands, then cancels it and pays back.
BEGIN;
SELECT state FROM room_booking WHERE id = :booking \gset
\if :state <> 'booked'
  ROLLBACK;
\else
  UPDATE room_booking SET state = 'cancelled' WHERE id = :booking;
  INSERT INTO room_refund (booking, amount) VALUES (:booking, 40);
  COMMIT;
\endif
