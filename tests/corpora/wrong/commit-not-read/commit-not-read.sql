BEGIN;
SELECT count(*) AS taken FROM seat WHERE id = 1 \gset
\if :taken > 0
  ROLLBACK;
\else
  INSERT INTO seat (id, buyer) VALUES (1, :buyer);
  \set ignored :ERROR
  COMMIT;
  BEGIN;
  INSERT INTO notice (buyer) VALUES (:buyer);
  COMMIT;
\endif
