-- hold-child-first: inserts the hold, whose foreign key takes a shared lock on the position,
-- and then locks the position in full. Two buyers that both hold the shared lock wait for
-- each other, and one of them hears of a deadlock.
-- Looks like: save(hold) first, findOneForUpdate(position) after it.
BEGIN;
INSERT INTO pos_hold (pos, buyer) VALUES (:pos, :buyer);
SELECT 1 AS locked FROM pos WHERE id = :pos FOR UPDATE;
UPDATE pos SET held = held + 1 WHERE id = :pos AND on_hand - held >= 1;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  COMMIT;
\endif
