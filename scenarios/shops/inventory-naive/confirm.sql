-- confirm: reads the state of the hold, then makes a purchase of it. What became of the hold
-- since then is written over.
BEGIN;
SELECT state FROM item_hold WHERE id = :hold \gset
\if :state <> 'open'
  ROLLBACK;
\else
  UPDATE item_hold SET state = 'confirmed' WHERE id = :hold;
  UPDATE item SET on_hand = on_hand - 1, held = held - 1 WHERE id = :item;
  INSERT INTO purchase (hold, buyer) VALUES (:hold, :buyer);
  COMMIT;
\endif
