BEGIN;
UPDATE hold SET state = 'expired' WHERE id = 1 AND state = 'open';
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  COMMIT;
\endif
