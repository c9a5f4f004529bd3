BEGIN;
SELECT id AS known FROM member WHERE email = 'a@example.com' \aset
\if :known is null
  INSERT INTO member (email) VALUES ('a@example.com');
  COMMIT;
\else
  ROLLBACK;
\endif
