BEGIN;
UPDATE seat SET free = free - 1 WHERE id = 1 AND hall = 1 AND free >= 1;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  COMMIT;
\endif
