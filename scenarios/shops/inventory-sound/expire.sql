-- expire: changes the hold only if it is still open.
BEGIN;
UPDATE item_hold SET state = 'expired' WHERE id = :hold AND state = 'open';
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  UPDATE item SET held = held - 1 WHERE id = :item;
  COMMIT;
\endif
