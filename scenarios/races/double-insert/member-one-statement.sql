-- member-one-statement: check and insert as one statement, in a transaction. A statement
-- sees what was committed when it began, and the other insert was not.
-- Looks like: INSERT ... SELECT ... WHERE NOT EXISTS, "so that it is atomic".
BEGIN;
INSERT INTO member (email) SELECT 'a@example.com'
WHERE NOT EXISTS (SELECT FROM member WHERE email = 'a@example.com');
\if :ROW_COUNT = 1
  COMMIT;
\else
  ROLLBACK;
\endif
