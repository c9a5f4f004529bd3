-- slot-claim: inserts, and lets the unique key decide. No row inserted means taken.
-- Looks like: INSERT ... ON CONFLICT DO NOTHING, and its count is read.
BEGIN;
INSERT INTO keyed_booking (host, slot, guest) VALUES (:host, :slot, :buyer) ON CONFLICT (host, slot) DO NOTHING;
\if :ROW_COUNT = 1
  COMMIT;
\else
  ROLLBACK;
\endif
