BEGIN;
SELECT state FROM hold WHERE id = 1 \gset
\if :state = 'expired'
  ROLLBACK;
\else
  UPDATE hold SET state = 'confirmed' WHERE id = 1;
  COMMIT;
\endif
