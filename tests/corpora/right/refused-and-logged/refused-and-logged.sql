BEGIN;
UPDATE product SET stock = stock - 1 WHERE id = 1 AND stock >= 1;
\if :ROW_COUNT = 0
  INSERT INTO refusal (buyer) VALUES (:buyer);
  COMMIT;
  \set outcome_refused 1
\else
  INSERT INTO sale (product, buyer) VALUES (1, :buyer);
  COMMIT;
\endif
