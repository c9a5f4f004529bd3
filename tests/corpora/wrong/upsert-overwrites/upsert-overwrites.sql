BEGIN;
SELECT balance FROM purse WHERE usr = 1 \aset
\set sum case when :balance is null then 50 else :balance + 50 end
INSERT INTO purse (usr, balance) VALUES (1, :sum) ON CONFLICT (usr) DO UPDATE SET balance = EXCLUDED.balance;
COMMIT;
