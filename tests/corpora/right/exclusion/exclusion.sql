BEGIN;
INSERT INTO stay (guest, nights) VALUES (:buyer, int4range(3, 6));
\set outcome_refused :SQLSTATE = '23P01'
\set outcome_again :SQLSTATE = '40001' or :SQLSTATE = '40P01'
\if :outcome_refused or :outcome_again
  ROLLBACK;
\else
  COMMIT;
\endif
