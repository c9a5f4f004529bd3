-- member-one-statement-alone: the same without a transaction. The statement ends before it
-- is committed, and in between the other one sees nothing.
-- Looks like: the same query, sent on its own.
INSERT INTO member (email) SELECT 'a@example.com'
WHERE NOT EXISTS (SELECT FROM member WHERE email = 'a@example.com');
\if :ROW_COUNT = 1
  \set outcome_done 1
\else
  \set outcome_refused 1
\endif
