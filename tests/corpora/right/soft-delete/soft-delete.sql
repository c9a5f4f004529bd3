BEGIN;
UPDATE note SET deleted_at = now(), deleted_on = current_date, deleted_by = :buyer WHERE id = 1 AND deleted_at IS NULL;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  COMMIT;
\endif
