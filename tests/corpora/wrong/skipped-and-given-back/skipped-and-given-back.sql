BEGIN;
SELECT id AS task FROM task WHERE state = 'ready' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED \aset
\if :task is null
  ROLLBACK;
\else
  UPDATE task SET state = 'taken', worker = :buyer WHERE id = :task;
  COMMIT;
\endif
