BEGIN;
SELECT count(*) AS uses FROM seat_use \gset
\if :uses >= 1
  ROLLBACK;
\else
  INSERT INTO seat_use (buyer) VALUES (:buyer);
  COMMIT;
\endif
