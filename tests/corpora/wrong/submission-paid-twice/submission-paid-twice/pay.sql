BEGIN;
SELECT count(*) AS known FROM paid WHERE key = :checkout_key \gset
\if :known = 0
  INSERT INTO paid (key, buyer) VALUES (:checkout_key, :buyer);
\endif
COMMIT;
