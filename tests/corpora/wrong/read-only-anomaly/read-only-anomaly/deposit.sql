UPDATE savings SET balance = balance + 20 WHERE id = 1;
\set outcome_done 1
