-- reserve: one UPDATE checks and takes. No row changed means that nothing is free.
BEGIN;
UPDATE item SET held = held + 1 WHERE id = :item AND on_hand - held >= 1;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  INSERT INTO item_hold (item, buyer) VALUES (:item, :buyer);
  COMMIT;
\endif
