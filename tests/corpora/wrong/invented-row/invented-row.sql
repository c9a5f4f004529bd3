BEGIN;
SELECT sum(qty - reserved) AS free FROM quant \gset
\if :free < 1
  ROLLBACK;
\else
  SELECT id AS quant FROM quant ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED \aset
  \if :quant is null
    INSERT INTO quant (qty, reserved) VALUES (0, 1);
  \else
    UPDATE quant SET reserved = reserved + 1 WHERE id = :quant;
  \endif
  COMMIT;
\endif
