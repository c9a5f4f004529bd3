-- confirm: changes the hold only if it is still open. No row changed means that it is not.
BEGIN;
UPDATE item_hold SET state = 'confirmed' WHERE id = :hold AND state = 'open';
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  UPDATE item SET on_hand = on_hand - 1, held = held - 1 WHERE id = :item;
  INSERT INTO purchase (hold, buyer) VALUES (:hold, :buyer);
  COMMIT;
\endif
