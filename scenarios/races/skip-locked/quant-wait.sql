-- quant-wait: waits for the row in place of skipping it. Repeatable read then refuses the
-- second buyer; at read committed the check is older than the lock, and the row is reserved
-- twice.
-- Looks like: the same search without SKIP LOCKED.
BEGIN;
SELECT coalesce(sum(qty - reserved), 0) AS free FROM quant WHERE lot = :lot \gset
\if :free < 1
  ROLLBACK;
\else
  SELECT id AS quant FROM quant WHERE lot = :lot ORDER BY id LIMIT 1 FOR NO KEY UPDATE \aset
  \if :quant is null
    INSERT INTO quant (lot, qty, reserved) VALUES (:lot, 0, 1);
  \else
    UPDATE quant SET reserved = reserved + 1 WHERE id = :quant;
  \endif
  INSERT INTO lot_move (lot, buyer) VALUES (:lot, :buyer);
  COMMIT;
\endif
