\set id random(1, 3)
BEGIN;
SELECT v FROM driven WHERE id = :id FOR UPDATE;
UPDATE driven SET v = v - 1 WHERE id = :id;
COMMIT;
UPDATE driven SET v = v + 1 WHERE id = :id;
