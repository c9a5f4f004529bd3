BEGIN;
SELECT (SELECT balance FROM giro) + (SELECT balance FROM savings) AS both \gset
\set amount case when :both < 10 then 11 else 10 end
UPDATE giro SET balance = balance - :amount WHERE id = 1;
COMMIT;
