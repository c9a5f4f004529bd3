-- hold-no-key-update: the same with FOR NO KEY UPDATE, which does not conflict with the lock
-- of the foreign key. No circle can close.
-- Looks like: LockMode with the weaker lock, which an UPDATE takes by itself.
BEGIN;
INSERT INTO pos_hold (pos, buyer) VALUES (:pos, :buyer);
SELECT 1 AS locked FROM pos WHERE id = :pos FOR NO KEY UPDATE;
UPDATE pos SET held = held + 1 WHERE id = :pos AND on_hand - held >= 1;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  COMMIT;
\endif
