SELECT (SELECT balance FROM giro) AS giro_has, (SELECT balance FROM savings) AS savings_has \gset
\set outcome_done 1
