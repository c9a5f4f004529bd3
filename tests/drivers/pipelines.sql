\set id random(1, 3)
\startpipeline
BEGIN;
SELECT v FROM driven WHERE id = :id FOR UPDATE;
UPDATE driven SET v = v - 1 WHERE id = :id;
COMMIT;
\endpipeline
\startpipeline
UPDATE driven SET v = v + 1 WHERE id = :id;
SELECT v FROM driven WHERE id = :id;
\endpipeline
