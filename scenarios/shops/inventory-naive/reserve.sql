-- reserve: checks what is free, then takes it. The check is old when the UPDATE runs.
BEGIN;
SELECT on_hand - held AS free FROM item WHERE id = :item \gset
\if :free < 1
  ROLLBACK;
\else
  UPDATE item SET held = held + 1 WHERE id = :item;
  INSERT INTO item_hold (item, buyer) VALUES (:item, :buyer);
  COMMIT;
\endif
