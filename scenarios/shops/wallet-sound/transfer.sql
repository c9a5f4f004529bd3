-- transfer: the same, with both accounts locked before their balances are read, the lower
-- number first, so that no circle of waits can close.
\set source 2 - :buyer % 2
\set target 3 - :source
BEGIN;
SELECT id FROM account WHERE id = 1 FOR UPDATE;
SELECT id FROM account WHERE id = 2 FOR UPDATE;
SELECT balance AS source_has FROM account WHERE id = :source \gset
\if :source_has < 60
  ROLLBACK;
\else
  UPDATE account SET balance = balance - 60 WHERE id = :source;
  UPDATE account SET balance = balance + 60 WHERE id = :target;
  INSERT INTO entry (account, buyer, amount) VALUES (:source, :buyer, -60), (:target, :buyer, 60);
  COMMIT;
\endif
