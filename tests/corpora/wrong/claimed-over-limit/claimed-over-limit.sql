UPDATE task SET state = 'taken', worker = :buyer WHERE id IN (
  SELECT id FROM task WHERE state = 'ready' AND (SELECT count(*) FROM task WHERE state = 'taken') < 1
  ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED);
\if :ROW_COUNT = 0
  \set outcome_refused 1
\else
  \set outcome_done 1
\endif
