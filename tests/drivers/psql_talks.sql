\echo topic rows
SELECT id, v FROM driven ORDER BY id;
SELECT 1 \; SELECT 2 \; UPDATE driven SET v = 5 WHERE id = 2;
\echo topic errors
SELEC;
SELECT $1;
\echo topic described
SELECT v FROM driven WHERE id = 1 \gdesc
SELECT repeat('x', 300000) AS wide \gset
\echo :wide
UPDATE driven SET v = v - 1 WHERE id = 1 RETURNING v;
BEGIN;
\echo topic savepoints
SAVEPOINT a;
INSERT INTO driven VALUES (1, 1);
ROLLBACK TO a;
INSERT INTO driven VALUES (9, 9);
COMMIT;
\echo topic notices and notifications
DO 'BEGIN RAISE NOTICE ''hear''; END';
LISTEN driven;
UNLISTEN driven;
\echo topic COPY
COPY driven FROM STDIN;
70	7
71	7
\.
COPY driven FROM STDIN;
72	x
\.
\copy (SELECT * FROM driven ORDER BY id) TO STDOUT
\echo topic cursors
\set FETCH_COUNT 2
SELECT id FROM driven ORDER BY id;
\unset FETCH_COUNT
\echo topic a savepoint for each statement
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT 1 / 0;
SELECT 2;
COMMIT;
\echo topic commands
VACUUM driven;
\d driven
