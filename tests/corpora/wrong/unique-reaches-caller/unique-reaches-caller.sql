BEGIN;
SELECT id AS known FROM nickname WHERE name = 'ada' \aset
\if :known is null
  INSERT INTO nickname (name, owner) VALUES ('ada', :buyer);
  COMMIT;
\else
  ROLLBACK;
\endif
