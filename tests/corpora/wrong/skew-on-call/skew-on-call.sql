BEGIN;
SELECT count(*) AS others FROM doctor WHERE on_call AND id <> :buyer \gset
\if :others = 0
  ROLLBACK;
\else
  UPDATE doctor SET on_call = false WHERE id = :buyer;
  COMMIT;
\endif
