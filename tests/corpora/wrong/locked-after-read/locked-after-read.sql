BEGIN;
SELECT balance FROM purse WHERE usr = 1 \gset
SELECT usr FROM purse WHERE usr = 1 FOR UPDATE;
\if :balance < 80
  ROLLBACK;
\else
  \set rest :balance - 80
  UPDATE purse SET balance = :rest WHERE usr = 1;
  COMMIT;
\endif
