-- member-unique: the unique key decides. No row inserted means that the address is taken.
-- Looks like: a unique index, ON CONFLICT DO NOTHING, and its count is read.
BEGIN;
INSERT INTO keyed_member (email) VALUES ('a@example.com') ON CONFLICT (email) DO NOTHING;
\if :ROW_COUNT = 1
  COMMIT;
\else
  ROLLBACK;
\endif
