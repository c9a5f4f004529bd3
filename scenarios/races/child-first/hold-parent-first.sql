-- hold-parent-first: locks the position before it inserts the hold.
-- Looks like: findOneForUpdate(position) first, save(hold) after it.
BEGIN;
SELECT 1 AS locked FROM pos WHERE id = :pos FOR UPDATE;
INSERT INTO pos_hold (pos, buyer) VALUES (:pos, :buyer);
UPDATE pos SET held = held + 1 WHERE id = :pos AND on_hand - held >= 1;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  COMMIT;
\endif
