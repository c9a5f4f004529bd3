SELECT (SELECT sum(balance) FROM giro) + (SELECT sum(balance) FROM savings) AS total \gset
\set outcome_done 1
