-- slot-lock-host: locks the host, which exists, and then looks. Right at read committed; at
-- repeatable read the look is as old as the statement that waited for the lock.
-- Looks like: a lock on the parent row as a mutex.
BEGIN;
SELECT id FROM host WHERE id = :host FOR UPDATE;
SELECT id AS taken FROM booking WHERE host = :host AND slot = :slot \aset
\if :taken is null
  INSERT INTO booking (host, slot, guest) VALUES (:host, :slot, :buyer);
  COMMIT;
\else
  ROLLBACK;
\endif
