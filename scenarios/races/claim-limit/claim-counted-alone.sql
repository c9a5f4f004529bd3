-- claim-counted-alone: the same as one statement without a transaction. It is no more
-- atomic for that: between its end and its commit the other worker counts none.
-- Looks like: the claim as a single query, "so that it is atomic".
UPDATE job SET state = 'picked', worker = :buyer WHERE id IN (
  SELECT id FROM job
  WHERE state = 'queued' AND (SELECT count(*) FROM job WHERE state = 'picked') < 1
  ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED);
\if :ROW_COUNT = 0
  \set outcome_refused 1
\else
  \set outcome_done 1
\endif
