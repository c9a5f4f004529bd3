BEGIN;
SELECT count(*) AS lists FROM list WHERE id = 1 \gset
\if :lists = 0
  ROLLBACK;
\else
  INSERT INTO list_entry (list) VALUES (1);
  COMMIT;
\endif
