-- transfer: 60 from one account to the other; odd buyers send from account 1, even ones from
-- account 2. It reads both balances, and writes back what it computed.
\set source 2 - :buyer % 2
\set target 3 - :source
BEGIN;
SELECT balance AS source_has FROM account WHERE id = :source \gset
SELECT balance AS target_has FROM account WHERE id = :target \gset
\if :source_has < 60
  ROLLBACK;
\else
  \set source_left :source_has - 60
  \set target_left :target_has + 60
  UPDATE account SET balance = :source_left WHERE id = :source;
  UPDATE account SET balance = :target_left WHERE id = :target;
  INSERT INTO entry (account, buyer, amount) VALUES (:source, :buyer, -60), (:target, :buyer, 60);
  COMMIT;
\endif
