-- credit-upsert-add: an upsert in which the database adds.
-- Looks like: ON CONFLICT DO UPDATE SET balance = credit_wallet.balance + EXCLUDED.balance.
BEGIN;
INSERT INTO credit_wallet (usr, balance) VALUES (:usr, 50)
ON CONFLICT (usr) DO UPDATE SET balance = credit_wallet.balance + EXCLUDED.balance;
COMMIT;
