//! The SQL by which is found what bodies of functions and triggers touch.

/// Whether there is a function, procedure or trigger of users.
pub(super) const HAS_BODIES: &str = "\
SELECT EXISTS (SELECT FROM pg_catalog.pg_proc AS p WHERE p.oid >= 16384 AND NOT EXISTS (\
SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_proc'::regclass \
AND d.objid = p.oid AND d.deptype = 'e')) \
OR EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE oid >= 16384 AND NOT tgisinternal)";

/// The relations that a server process has locked, and those of which it changes rows.
pub(super) const OWN: &str = "\
SELECT coalesce(pg_catalog.array_agg(DISTINCT relation), '{}')::text, \
coalesce(pg_catalog.array_agg(DISTINCT relation) FILTER (WHERE mode = 'RowExclusiveLock'), '{}')::text \
FROM pg_catalog.pg_locks WHERE pid = $1 AND locktype = 'relation' AND relation >= 16384";

/// The tables that a server process (`$1`) has locked beside those that its statement locks
/// itself (`$2`), and whether it has locked rows of them without changing any. Checks of foreign keys of what it changes (`$3`) lock
/// rows of the other table in KEY SHARE, and change them where the key says CASCADE or SET: such
/// locks are no body's.
pub(super) const BEYOND: &str = "\
WITH RECURSIVE keys AS (SELECT conrelid, confrelid, \
confdeltype IN ('c', 'n', 'd') OR confupdtype IN ('c', 'n', 'd') AS changes \
FROM pg_catalog.pg_constraint WHERE contype = 'f'), \
changed(relation) AS (SELECT pg_catalog.unnest($3::oid[]) UNION SELECT keys.conrelid \
FROM changed JOIN keys ON keys.confrelid = changed.relation AND keys.changes) \
SELECT CASE n.nspname WHEN 'public' THEN c.relname::text \
ELSE pg_catalog.format('%s.%s', n.nspname, c.relname) END, \
pg_catalog.bool_or(l.mode NOT IN ('AccessShareLock', 'RowExclusiveLock')), l.relation \
FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_class AS c ON c.oid = l.relation \
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
WHERE l.pid = $1 AND l.locktype = 'relation' AND l.relation >= 16384 \
AND c.relkind IN ('r', 'p', 'm', 'f') AND l.relation <> ALL ($2::oid[]) \
AND NOT EXISTS (SELECT FROM keys JOIN changed \
ON keys.conrelid = changed.relation AND keys.confrelid = l.relation AND l.mode = 'RowShareLock' \
OR keys.confrelid = changed.relation AND keys.conrelid = l.relation AND (l.mode = 'RowShareLock' \
OR keys.changes AND l.mode = 'RowExclusiveLock')) \
GROUP BY 1, 3 ORDER BY 1";

/// The triggers of what a statement changes (`$1`), and the functions that its text (`$2`) names.
pub(super) const BODIES: &str = "\
SELECT pg_catalog.format('trigger %s on %s', t.tgname, c.relname) \
FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid \
WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgrelid = ANY ($1::oid[]) \
UNION SELECT pg_catalog.format('function %s', p.proname) FROM pg_catalog.pg_proc AS p \
WHERE p.oid >= 16384 AND $2 ~* ('\\m' || p.proname || '\\M') ORDER BY 1";
