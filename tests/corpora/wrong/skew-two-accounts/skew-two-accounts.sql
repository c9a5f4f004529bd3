BEGIN;
SELECT sum(balance) AS both FROM account \gset
\if :both < 80
  ROLLBACK;
\else
  UPDATE account SET balance = balance - 80 WHERE id = :buyer;
  COMMIT;
\endif
