BEGIN;
SELECT sum(balance) AS giro_sum FROM giro \gset
SELECT sum(balance) AS savings_sum FROM savings \gset
COMMIT;
\set total :giro_sum + :savings_sum
