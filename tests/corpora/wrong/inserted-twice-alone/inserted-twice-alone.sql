INSERT INTO member (email) SELECT 'a@example.com' WHERE NOT EXISTS (SELECT FROM member WHERE email = 'a@example.com');
\if :ROW_COUNT = 1
  \set outcome_done 1
\else
  \set outcome_refused 1
\endif
