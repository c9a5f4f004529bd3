-- charge-key-last: the key is unique, and stored last. One charge is kept, the other request
-- hears of SQLSTATE 23505, and the provider was called twice.
-- Looks like: the call of the provider before the key is stored.
BEGIN;
SELECT charge FROM idem WHERE k = :key \aset
\if :charge is null
  INSERT INTO charge (amount) VALUES (100) RETURNING id AS charge \gset
  \effect provider 100
  INSERT INTO idem (k, charge) VALUES (:key, :charge);
\endif
COMMIT;
