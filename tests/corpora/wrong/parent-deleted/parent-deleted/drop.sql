BEGIN;
SELECT count(*) AS entries FROM list_entry WHERE list = 1 \gset
\if :entries > 0
  ROLLBACK;
\else
  DELETE FROM list WHERE id = 1;
  COMMIT;
\endif
