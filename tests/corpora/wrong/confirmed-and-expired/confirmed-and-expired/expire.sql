BEGIN;
SELECT state FROM hold WHERE id = 1 \gset
\if :state = 'confirmed'
  ROLLBACK;
\else
  UPDATE hold SET state = 'expired' WHERE id = 1;
  COMMIT;
\endif
