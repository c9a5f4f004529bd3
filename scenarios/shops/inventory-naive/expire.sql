-- expire: reads the state of the hold, then gives its unit back.
BEGIN;
SELECT state FROM item_hold WHERE id = :hold \gset
\if :state <> 'open'
  ROLLBACK;
\else
  UPDATE item_hold SET state = 'expired' WHERE id = :hold;
  UPDATE item SET held = held - 1 WHERE id = :item;
  COMMIT;
\endif
