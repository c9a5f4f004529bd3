INSERT INTO click VALUES ('start'), ('cart');
\set outcome_done 1
