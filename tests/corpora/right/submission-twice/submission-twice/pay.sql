BEGIN;
INSERT INTO paid (key, buyer) VALUES (:checkout_key, :buyer) ON CONFLICT (key) DO NOTHING;
\if :ROW_COUNT = 1
  \effect provider :checkout_key
\endif
COMMIT;
