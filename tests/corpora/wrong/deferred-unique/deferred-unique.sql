BEGIN;
SELECT count(*) AS known FROM nickname WHERE name = 'ada' \gset
\if :known > 0
  ROLLBACK;
\else
  INSERT INTO nickname (name, owner) VALUES ('ada', :buyer);
  COMMIT;
\endif
