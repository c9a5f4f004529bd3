SELECT id, v FROM driven ORDER BY id;
SELECT 1 \; SELECT 2 \; UPDATE driven SET v = 5 WHERE id = 2;
SELEC;
SELECT $1;
SELECT v FROM driven WHERE id = 1 \gdesc
SELECT repeat('x', 300000) AS wide \gset
\echo :wide
UPDATE driven SET v = v - 1 WHERE id = 1 RETURNING v;
BEGIN;
SAVEPOINT a;
INSERT INTO driven VALUES (1, 1);
ROLLBACK TO a;
INSERT INTO driven VALUES (9, 9);
COMMIT;
DO 'BEGIN RAISE NOTICE ''hear''; END';
LISTEN driven;
UNLISTEN driven;
COPY driven FROM STDIN;
70	7
71	7
\.
COPY driven FROM STDIN;
72	x
\.
\copy (SELECT * FROM driven ORDER BY id) TO STDOUT
\set FETCH_COUNT 2
SELECT id FROM driven ORDER BY id;
\unset FETCH_COUNT
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT 1 / 0;
SELECT 2;
COMMIT;
VACUUM driven;
\d driven
