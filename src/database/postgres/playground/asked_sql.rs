//! Every word of SQL by which a ground is told and asked, and a session is put back.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::sql::identifier;
use crate::shop::Isolation;

pub(super) const TELL_OUTCOMES: &str = "\
INSERT INTO sim.outcomes SELECT * FROM jsonb_populate_recordset(NULL::sim.outcomes, $1::jsonb)";
pub(super) const TELL_EFFECTS: &str = "\
INSERT INTO sim.effects SELECT * FROM jsonb_populate_recordset(NULL::sim.effects, $1::jsonb)";
pub(super) const FORGET: [&str; 2] = ["DELETE FROM sim.outcomes", "DELETE FROM sim.effects"];
pub(super) const VACUUM_TOLD: [&str; 2] = ["VACUUM sim.outcomes", "VACUUM sim.effects"];

/// What bounds the questions of invariants, and where they find tables.
pub(super) const FOR_INVARIANTS: [&str; 2] = [
    "SET LOCAL search_path TO public",
    "SET LOCAL statement_timeout TO '30s'",
];

/// The SQLSTATE of a question that took longer.
pub(super) const QUERY_CANCELED: &str = "57014";
/// What is said of it.
pub(super) const TOO_SLOW: &str = "it takes longer than 30 s";

/// A question whose rows are fetched, some of them, and counted.
///
/// Each question has a cursor of a name of its own: a statement is prepared by its text, and the
/// columns of one that fetches are those of its cursor.
#[derive(Debug)]
pub(super) struct Question<'q> {
    text: &'q str,
    cursor: String,
}

impl<'q> Question<'q> {
    pub(super) fn of(text: &'q str) -> Self {
        let text = text.trim_end().trim_end_matches(';');
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Self {
            text,
            cursor: format!("sim_rows_{:016x}", hasher.finish()),
        }
    }

    /// Only what answers rows can be declared. The line break ends a comment of the user's.
    pub(super) fn declare(&self) -> String {
        let Self { text, cursor } = self;
        format!("DECLARE {cursor} NO SCROLL CURSOR FOR {text}\n")
    }

    pub(super) fn fetch(&self, rows: usize) -> String {
        format!("FETCH {rows} FROM {}", self.cursor)
    }

    pub(super) fn count_the_rest(&self) -> String {
        format!("MOVE FORWARD ALL IN {}", self.cursor)
    }

    pub(super) fn close(&self) -> String {
        format!("CLOSE {}", self.cursor)
    }
}

/// Whether a session may see other rows than are committed: it has written or locked a row, or it
/// keeps a snapshot from one statement to the next.
pub(super) const SEES_OTHER_ROWS: &str = "\
SELECT backend_xid IS NOT NULL OR backend_xmin IS NOT NULL \
FROM pg_catalog.pg_stat_activity WHERE pid = $1::integer";

/// Values are written as on the ground's own connection.
pub(super) const BEFORE_A_LOOK: [&str; 6] = [
    "SAVEPOINT sim_look",
    "SET LOCAL timezone TO 'UTC'",
    "SET LOCAL datestyle TO 'ISO, MDY'",
    "SET LOCAL intervalstyle TO 'postgres'",
    "SET LOCAL bytea_output TO 'hex'",
    "SET LOCAL row_security TO 'off'",
];
pub(super) const AFTER_A_LOOK: [&str; 2] = [
    "ROLLBACK TO SAVEPOINT sim_look",
    "RELEASE SAVEPOINT sim_look",
];

/// The word for a statement that a script has prepared and not given up.
pub(super) const PREPARED_KIND: &str = "prepared statement";

/// What the session has that a new one has not: what it is, and its name. `$1` are the settings
/// that `sim` itself has made.
pub(super) const LEFT_IN_SESSION: &str = "\
SELECT 'setting', name FROM pg_catalog.pg_settings WHERE source = 'session' AND name <> ALL ($1::text[]) \
UNION ALL SELECT 'role', current_user::text WHERE current_user <> session_user \
UNION ALL SELECT 'advisory lock', CASE objsubid WHEN 1 THEN (classid::bigint << 32 | objid::bigint)::text \
ELSE pg_catalog.format('%s, %s', classid, objid) END \
FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND pid = pg_catalog.pg_backend_pid() \
UNION ALL SELECT 'prepared statement', name FROM pg_catalog.pg_prepared_statements WHERE from_sql \
UNION ALL SELECT 'channel', channel FROM pg_catalog.pg_listening_channels() AS channel \
UNION ALL SELECT 'cursor', name FROM pg_catalog.pg_cursors WHERE is_holdable \
UNION ALL SELECT 'temporary table', relname FROM pg_catalog.pg_class \
WHERE relnamespace = pg_catalog.pg_my_temp_schema() AND relkind IN ('r', 'p', 'v', 'S') \
ORDER BY 1, 2";

/// Of all that, what cannot be given up without its name.
pub(super) const PREPARED_IN_SESSION: &str = "\
SELECT 'prepared statement', name FROM pg_catalog.pg_prepared_statements WHERE from_sql";

/// `DISCARD ALL`, but for the statements that the connection itself has prepared. Sequences: a
/// session keeps numbers that it has not given out yet.
pub(super) const RESET_SESSION: [&str; 7] = [
    "RESET ROLE",
    "RESET ALL",
    "CLOSE ALL",
    "UNLISTEN *",
    "SELECT pg_catalog.pg_advisory_unlock_all()",
    "DISCARD TEMP",
    "DISCARD SEQUENCES",
];

pub(super) const SET_AGAIN: &str = "SELECT pg_catalog.set_config($1, $2, false)";

/// Whether the server counts what is written to each table, and counts at once where that is asked
/// for; and whether a vacuum can leave a table's long values alone.
pub(super) const CAN: &str = "\
SELECT pg_catalog.current_setting('track_counts')::boolean \
AND pg_catalog.to_regprocedure('pg_catalog.pg_stat_force_next_flush()') IS NOT NULL, \
pg_catalog.current_setting('server_version_num')::integer >= 140000";

/// The session tells what it has written to which table as soon as it is idle, and not only now and
/// then. Answers nothing, and whether it does.
pub(super) const COUNT_NOW: &str = "\
SELECT pg_catalog.pg_stat_force_next_flush(), pg_catalog.current_setting('track_counts')";

/// Whether the page of each table is as the server itself fills it, and what becomes of its rows
/// leaves the plans of statements as they are: an index of another kind grows with dead rows.
pub(super) const FILLS_PAGES: &str = "\
SELECT c.relam IN (0, (SELECT oid FROM pg_catalog.pg_am WHERE amname = 'heap')) \
AND coalesce(pg_catalog.array_to_string(c.reloptions, ' '), '') !~ 'fillfactor' \
AND NOT EXISTS (SELECT FROM pg_catalog.pg_index x \
JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_am m ON m.oid = i.relam \
WHERE x.indrelid = c.oid AND m.amname <> 'btree') \
FROM sim.tables JOIN pg_catalog.pg_class c ON c.oid = relation ORDER BY number";

/// How often a row of each table was written, also by what was undone.
pub(super) const COUNTS: &str = "\
SELECT pg_catalog.pg_stat_get_tuples_inserted(relation) \
+ pg_catalog.pg_stat_get_tuples_updated(relation) \
+ pg_catalog.pg_stat_get_tuples_deleted(relation) FROM sim.tables ORDER BY number";

pub(super) fn deallocate(name: &str) -> String {
    format!("DEALLOCATE {}", identifier(name))
}

/// Each sequence as it is at the start: its name, the number that it gave last, the step, and
/// between which numbers it stays.
pub(super) const SEQUENCES: &str = "\
SELECT k.relation::text, k.value, s.seqincrement, s.seqmin, s.seqmax \
FROM sim.sequences k JOIN pg_catalog.pg_sequence s ON s.seqrelid = k.relation ORDER BY 1";

/// Those that are named begin so many steps later.
pub(super) const ADVANCE_SEQUENCES: &str = "\
SELECT count(setval(k.relation, k.value + a.steps * s.seqincrement, k.called)) \
FROM sim.sequences k JOIN pg_catalog.pg_sequence s ON s.seqrelid = k.relation \
JOIN unnest($1::text[], $2::bigint[]) AS a (name, steps) ON a.name = k.relation::text";

/// Behind the last transaction of this server that has written and is over.
pub(super) const NEXT_TRANSACTION: &str = "\
SELECT pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot())";

/// How many other sessions this database has.
pub(super) const OTHERS_HERE: &str = "\
SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity \
WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid() \
AND backend_type = 'client backend'";

/// For each session that begins from now on.
pub(super) fn set_level(name: &str, level: Isolation) -> String {
    let level = level.in_words();
    format!("ALTER DATABASE {name} SET default_transaction_isolation TO '{level}'")
}

/// The same: nothing is timed there, and nothing is kept.
pub(super) fn commit_without_waiting(name: &str) -> String {
    format!("ALTER DATABASE {name} SET synchronous_commit TO off")
}

/// The same, by a superuser.
pub(super) fn set_deadlock_timeout(name: &str, ms: u32) -> String {
    format!("ALTER DATABASE {name} SET deadlock_timeout TO '{ms}ms'")
}
