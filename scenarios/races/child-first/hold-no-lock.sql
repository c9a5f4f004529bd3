-- hold-no-lock: leaves the lock out; the UPDATE checks and takes.
-- Looks like: save(hold), then one conditional UPDATE whose count is read.
BEGIN;
INSERT INTO pos_hold (pos, buyer) VALUES (:pos, :buyer);
UPDATE pos SET held = held + 1 WHERE id = :pos AND on_hand - held >= 1;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  COMMIT;
\endif
