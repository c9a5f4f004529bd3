-- slot-unique: looks, then inserts into a table with UNIQUE (host, slot). The slot is never
-- booked twice, and the guest that lost is told of SQLSTATE 23505 in place of "taken".
-- Looks like: a check in code, a unique index, and no rescue of its error.
BEGIN;
SELECT id AS taken FROM keyed_booking WHERE host = :host AND slot = :slot \aset
\if :taken is null
  INSERT INTO keyed_booking (host, slot, guest) VALUES (:host, :slot, :buyer);
  COMMIT;
\else
  ROLLBACK;
\endif
