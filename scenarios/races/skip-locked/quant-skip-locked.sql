-- quant-skip-locked: checks the sum, then looks for a row that no session holds, and makes
-- a new one where it finds none. The row that is held is taken for one that does not exist.
-- Looks like: a search with FOR NO KEY UPDATE SKIP LOCKED, and a create if it is empty.
BEGIN;
SELECT coalesce(sum(qty - reserved), 0) AS free FROM quant WHERE lot = :lot \gset
\if :free < 1
  ROLLBACK;
\else
  SELECT id AS quant FROM quant WHERE lot = :lot ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED \aset
  \if :quant is null
    INSERT INTO quant (lot, qty, reserved) VALUES (:lot, 0, 1);
  \else
    UPDATE quant SET reserved = reserved + 1 WHERE id = :quant;
  \endif
  INSERT INTO lot_move (lot, buyer) VALUES (:lot, :buyer);
  COMMIT;
\endif
