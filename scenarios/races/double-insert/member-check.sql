-- member-check: looks for the address, and inserts where there is none.
-- Looks like: validates :email, uniqueness: true, without a unique index.
BEGIN;
SELECT count(*) AS members FROM member WHERE email = 'a@example.com' \gset
\if :members = 0
  INSERT INTO member (email) VALUES ('a@example.com');
  COMMIT;
\else
  ROLLBACK;
\endif
