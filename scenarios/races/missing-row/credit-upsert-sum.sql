-- credit-upsert-sum: a real upsert that writes the sum which the client computed. It never
-- fails, and overwrites the credit of the other request.
-- Looks like: ON CONFLICT DO UPDATE SET balance = EXCLUDED.balance.
BEGIN;
SELECT balance FROM credit_wallet WHERE usr = :usr \aset
\set sum case when :balance is null then 50 else :balance + 50 end
INSERT INTO credit_wallet (usr, balance) VALUES (:usr, :sum)
ON CONFLICT (usr) DO UPDATE SET balance = EXCLUDED.balance;
COMMIT;
