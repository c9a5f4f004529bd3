BEGIN;
SELECT count(*) AS taken FROM seat WHERE id = 1 \gset
\if :taken > 0
  ROLLBACK;
  \set outcome_refused 1
\else
  INSERT INTO seat (id, buyer) VALUES (1, :buyer);
  \set ignored :ERROR
  COMMIT;
  \set outcome_done 1
\endif
