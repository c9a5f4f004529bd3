-- slot-lock-nothing: locks the booking of the slot, and there is none: nothing is locked,
-- and both guests insert.
-- Looks like: SELECT ... FOR UPDATE on the row that is about to be created.
BEGIN;
SELECT id AS taken FROM booking WHERE host = :host AND slot = :slot FOR UPDATE \aset
\if :taken is null
  INSERT INTO booking (host, slot, guest) VALUES (:host, :slot, :buyer);
  COMMIT;
\else
  ROLLBACK;
\endif
