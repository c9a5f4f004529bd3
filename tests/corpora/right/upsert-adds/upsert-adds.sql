BEGIN;
INSERT INTO purse (usr, balance) VALUES (1, 50) ON CONFLICT (usr) DO UPDATE SET balance = purse.balance + EXCLUDED.balance;
COMMIT;
