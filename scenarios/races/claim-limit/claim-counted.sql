-- claim-counted: the claim counts what is picked within itself. What the other worker has
-- picked and not committed is not counted, its row is skipped, and the next one is taken.
-- Looks like: a queue with FOR UPDATE SKIP LOCKED and a concurrency limit in the same query.
BEGIN;
UPDATE job SET state = 'picked', worker = :buyer WHERE id IN (
  SELECT id FROM job
  WHERE state = 'queued' AND (SELECT count(*) FROM job WHERE state = 'picked') < 1
  ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED);
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  COMMIT;
\endif
