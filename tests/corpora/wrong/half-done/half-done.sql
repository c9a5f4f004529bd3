SELECT count(*) AS taken FROM seat WHERE id = 1 \gset
\if :taken > 0
  \set outcome_refused 1
\else
  BEGIN;
  UPDATE product SET stock = stock - 1 WHERE id = 1 AND stock >= 1;
  COMMIT;
  BEGIN;
  INSERT INTO seat (id, buyer) VALUES (1, :buyer);
  COMMIT;
\endif
