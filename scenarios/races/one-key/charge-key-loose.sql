-- charge-key-loose: looks for the key, charges, stores the key. Nothing makes the key unique.
-- Looks like: findByKey(key) || create(), with an index that is not unique.
BEGIN;
SELECT charge FROM idem_loose WHERE k = :key \aset
\if :charge is null
  INSERT INTO charge (amount) VALUES (100) RETURNING id AS charge \gset
  \effect provider 100
  INSERT INTO idem_loose (k, charge) VALUES (:key, :charge);
\endif
COMMIT;
