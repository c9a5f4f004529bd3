INSERT INTO invitation (buyer) VALUES (:buyer);
\set outcome_done 1
