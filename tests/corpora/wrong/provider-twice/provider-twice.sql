BEGIN;
SELECT charge FROM idem WHERE k = :key \aset
\if :charge is null
  \effect provider 100
  INSERT INTO charge (amount) VALUES (100) RETURNING id AS charge \gset
  INSERT INTO idem (k, charge) VALUES (:key, :charge);
\endif
COMMIT;
