-- claim-candidate-first: chooses the candidate without a lock, and locks that one or none.
-- Two workers that count at the same time choose the same job, and one of them gets it.
-- Looks like: the candidate in a query of its own, and SKIP LOCKED on that row alone.
BEGIN;
UPDATE job SET state = 'picked', worker = :buyer WHERE id IN (
  SELECT id FROM job
  WHERE id = (
    SELECT id FROM job
    WHERE state = 'queued' AND (SELECT count(*) FROM job WHERE state = 'picked') < 1
    ORDER BY id LIMIT 1)
  AND state = 'queued' FOR UPDATE SKIP LOCKED);
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  COMMIT;
\endif
