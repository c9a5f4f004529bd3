//! The SQL by which the locks of a transaction are read, and whether they tell all; and by which
//! sessions are seen that wait for one.

/// One row for each backend that waits for a lock, of the run or, without its name, of this
/// database: the backend and the statement (by its start) that waits. Inserts that wait for a
/// table to grow (`extend`) are not in each other's way as shoppers. A backend whose first
/// statement came while this looked is counted by the next look; one that tells no start
/// (`track_activities` is off), as one wait.
pub(super) const WAITING_FOR_LOCKS: &str = "\
SELECT pid, coalesce((extract(epoch FROM query_start) * 1e6)::bigint, 0) \
FROM pg_catalog.pg_stat_activity WHERE wait_event_type = 'Lock' AND wait_event <> 'extend' \
AND (application_name = $1 OR $1 IS NULL AND datname = pg_catalog.current_database()) \
AND (query_start IS NOT NULL OR state = 'disabled')";

/// The sessions for which each of these waits.
pub(super) const BLOCKERS: &str =
    "SELECT pid, pg_catalog.pg_blocking_pids(pid) FROM unnest($1::integer[]) AS pid";

/// What one server process holds: the relation, how strong the lock is (0: it reads, 1: it
/// changes or locks rows, 2: it keeps others out of the whole table, 3: advisory), and -1
/// where there is no relation. Its own transaction is no news; any other object is.
pub(super) const HELD: &str = "\
SELECT DISTINCT coalesce(relation::bigint, -1), CASE \
WHEN locktype = 'advisory' THEN 3 \
WHEN locktype <> 'relation' THEN 2 \
WHEN mode = 'AccessShareLock' THEN 0 \
WHEN mode IN ('RowShareLock', 'RowExclusiveLock') THEN 1 \
ELSE 2 END \
FROM pg_catalog.pg_locks WHERE pid = $1 AND locktype NOT IN ('virtualxid', 'transactionid')";

/// Every relation of users, with the name of its schema: those that hold rows, views, which
/// are locked too, sequences, and what is ignored, since the table it belongs to is locked
/// with it.
pub(super) const RELATIONS: &str = "\
SELECT c.oid::bigint, n.nspname::text, c.relname::text, CASE c.relkind \
WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign' \
WHEN 'i' THEN 'part' WHEN 'I' THEN 'part' WHEN 't' THEN 'part' \
ELSE 'table' END \
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
WHERE c.oid >= 16384";

/// Whether a statement could touch something of which no lock tells when it is over. These
/// are looked for:
///
/// - functions in another language than SQL and PL/pgSQL, those that catch an error, which
///   gives up the locks of what they did until then (measured), and those that name
///   something by which sessions notice each other without a table;
/// - views, defaults, constraints, rules, policies and triggers that name such a thing;
/// - tables of another server.
///
/// What a known extension brings along touches no table.
pub(super) const HIDES: &str = "\
WITH known AS (SELECT d.classid, d.objid FROM pg_catalog.pg_depend AS d \
JOIN pg_catalog.pg_extension AS e ON d.refclassid = 'pg_catalog.pg_extension'::regclass \
AND d.refobjid = e.oid AND d.deptype = 'e' \
WHERE e.extname IN ('btree_gin', 'btree_gist', 'citext', 'cube', 'fuzzystrmatch', 'hstore', \
'intarray', 'isn', 'ltree', 'pg_stat_statements', 'pg_trgm', 'pgcrypto', 'plpgsql', 'seg', \
'unaccent', 'uuid-ossp')), \
functions AS (SELECT CASE WHEN l.lanname NOT IN ('sql', 'plpgsql') OR p.prosrc = '' \
THEN 'execute' ELSE pg_catalog.regexp_replace(p.prosrc, 'raise\\s+exception', '', 'gi') END AS text \
FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang \
WHERE p.oid >= 16384 AND NOT EXISTS (SELECT FROM known \
WHERE classid = 'pg_catalog.pg_proc'::regclass AND objid = p.oid)), \
others AS (SELECT pg_catalog.pg_get_viewdef(c.oid) AS text FROM pg_catalog.pg_class AS c \
WHERE c.oid >= 16384 AND c.relkind IN ('v', 'm') AND NOT EXISTS (SELECT FROM known \
WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = c.oid) \
UNION ALL SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef AS d \
WHERE d.adrelid >= 16384 \
UNION ALL SELECT pg_catalog.pg_get_constraintdef(c.oid) FROM pg_catalog.pg_constraint AS c \
WHERE c.oid >= 16384 AND c.contype = 'c' \
UNION ALL SELECT pg_catalog.pg_get_ruledef(r.oid) FROM pg_catalog.pg_rewrite AS r \
WHERE r.oid >= 16384 AND r.rulename <> '_RETURN' \
UNION ALL SELECT pg_catalog.pg_get_expr(p.polqual, p.polrelid) FROM pg_catalog.pg_policy AS p \
UNION ALL SELECT pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) FROM pg_catalog.pg_policy AS p \
UNION ALL SELECT pg_catalog.pg_get_triggerdef(t.oid) FROM pg_catalog.pg_trigger AS t \
WHERE t.oid >= 16384 AND NOT t.tgisinternal) \
SELECT EXISTS (SELECT FROM functions WHERE text ~* '(pg_|txid_|to_xml|set_config|dblink|isolation|\
\\m(exception|execute|create|alter|drop|grant|revoke|call)\\M)') \
OR EXISTS (SELECT FROM others WHERE text ~* '(pg_|txid_|to_xml|set_config|dblink)') \
OR EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid >= 16384 AND relkind = 'f')";

/// Whether a check or a trigger may be put off until the COMMIT. Then the locks that it takes
/// are gone before they can be read, and a COMMIT may wait.
pub(super) const PUTS_OFF: &str = "\
SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE oid >= 16384 AND condeferrable) \
OR EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE oid >= 16384 AND tgdeferrable)";

/// Before a statement: it is planned, and what it names is locked, and nothing else happens.
pub(super) const EXPLAIN: &str = "EXPLAIN ";

/// Whether the transaction that asks has changed or removed rows of these relations.
pub(super) const HAS_CHANGED: &str = "\
SELECT coalesce(pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_updated(relation) \
+ pg_catalog.pg_stat_get_xact_tuples_deleted(relation)), 0) > 0 \
FROM pg_catalog.unnest($1::oid[]) AS relation";
