BEGIN;
SELECT id FROM hall WHERE id = 1 FOR UPDATE;
SELECT count(*) AS uses FROM seat_use \gset
\if :uses >= 1
  ROLLBACK;
\else
  INSERT INTO seat_use (buyer) VALUES (:buyer);
  COMMIT;
\endif
