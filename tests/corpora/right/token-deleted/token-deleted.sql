BEGIN;
DELETE FROM token WHERE id = 5;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  INSERT INTO login (buyer) VALUES (:buyer);
  COMMIT;
\endif
