-- quant-atomic: one UPDATE checks and reserves; no row changed means that nothing is free.
-- Looks like: UPDATE ... WHERE qty - reserved >= 1, and its count is read.
BEGIN;
UPDATE quant SET reserved = reserved + 1
WHERE id = (SELECT id FROM quant WHERE lot = :lot ORDER BY id LIMIT 1) AND qty - reserved >= 1;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  INSERT INTO lot_move (lot, buyer) VALUES (:lot, :buyer);
  COMMIT;
\endif
