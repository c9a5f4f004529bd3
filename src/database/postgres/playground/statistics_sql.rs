//! The SQL that keeps what the planner knows of tables as it was.

/// Whether the role may put back what the planner knows of a table.
pub(super) const IS_SUPERUSER: &str =
    "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user";

/// What the planner knows of the user's tables and of their indexes.
pub(super) const KEEP_STATISTICS: &str = "\
INSERT INTO sim.statistics SELECT oid, relpages, reltuples, relallvisible \
FROM pg_catalog.pg_class WHERE oid >= 16384 AND relkind IN ('r', 'i', 'm') \
AND relnamespace <> 'sim'::regnamespace";

/// A vacuum of an empty table says that it is small; of one that was never vacuumed the server
/// assumes ten pages, and may choose another plan (measured: a subquery with LIMIT and SKIP LOCKED
/// that ran once then runs for each row).
pub(super) const RESTORE_STATISTICS: &str = "\
UPDATE pg_catalog.pg_class c SET relpages = pages, reltuples = tuples, relallvisible = visible \
FROM sim.statistics s WHERE c.oid = s.relation \
AND (relpages, reltuples, relallvisible) IS DISTINCT FROM (pages, tuples, visible)";

/// That leaves dead rows in the catalogue.
pub(super) const VACUUM_STATISTICS: &str = "VACUUM pg_catalog.pg_class";
