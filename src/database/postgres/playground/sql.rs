//! Every word of SQL that is sent to make a playground, to read it and to put it back.
//!
//! Names of the user's are quoted by the server (`format('%I')`, `regclass`) before they stand
//! here; names of this program's are made of `a-z`, `0-9` and `_` alone.

/// The role, whether it is a superuser, may create databases and the number of the version.
pub(super) const OWN_ROLE: &str = "\
SELECT rolname, rolsuper, rolcreatedb, pg_catalog.current_setting('server_version_num')::integer / 10000 \
FROM pg_catalog.pg_roles WHERE rolname = current_user";

/// As one command, so in one transaction.
pub(super) fn create_role(name: &str, password: &str, comment: Option<&str>) -> String {
    format!(
        "DO $sim$ BEGIN CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE \
         PASSWORD '{password}'; {} END $sim$",
        comment.map_or_else(String::new, |text| {
            format!("COMMENT ON ROLE {name} IS {};", literal(text))
        })
    )
}

/// The session that closes a deadlock is to be the one that is ended for it: since version 15 a
/// role may be allowed to say so.
pub(super) fn may_set_deadlock_timeout(role: &str) -> String {
    format!("GRANT SET ON PARAMETER deadlock_timeout TO {role}")
}

/// The locale is the server's; nothing that an administrator put into `template1` comes along.
pub(super) fn create_database(name: &str, owner: &str) -> String {
    format!(
        "CREATE DATABASE {name} OWNER {} TEMPLATE template0",
        identifier(owner)
    )
}

pub(super) fn copy_database(name: &str, template: &str, owner: &str) -> String {
    format!(
        "CREATE DATABASE {name} OWNER {} TEMPLATE {template}",
        identifier(owner)
    )
}

pub(super) fn comment_on_database(name: &str, comment: &str) -> String {
    format!("COMMENT ON DATABASE {name} IS {}", literal(comment))
}

/// No other role connects to it.
pub(super) fn close_database(name: &str) -> String {
    format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC")
}

/// Before version 15 the schema belongs to the superuser, and what a dump says of it is refused.
pub(super) fn own_public(role: &str) -> String {
    format!("ALTER SCHEMA public OWNER TO {}", identifier(role))
}

/// The databases of a run: its own name, and with numbers those of its arenas.
pub(super) const DATABASES_OF_RUN: &str = "\
SELECT datname FROM pg_catalog.pg_database \
WHERE datname = $1 OR datname ~ ('^' || $1 || '_[0-9]+$') ORDER BY datname = $1, datname";

pub(super) const ROLE_EXISTS: &str = "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = $1";

/// With the sessions in it, whichever they are.
pub(super) fn drop_database(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")
}

pub(super) fn drop_role(name: &str) -> String {
    // What was granted to it goes first.
    format!("DO $sim$ BEGIN DROP OWNED BY {name}; DROP ROLE {name}; END $sim$")
}

/// Databases and roles that may be a dead run's, with their comments: while no session of the run
/// is there. A copy has its comment from the database that it was copied from.
pub(super) const RUNS_LEFT: &str = "\
SELECT name, mark FROM (\
SELECT datname::text AS name, pg_catalog.shobj_description(oid, 'pg_database') AS mark \
FROM pg_catalog.pg_database WHERE pg_catalog.pg_has_role(datdba, 'USAGE') \
UNION SELECT rolname::text, pg_catalog.shobj_description(oid, 'pg_authid') \
FROM pg_catalog.pg_roles WHERE pg_catalog.pg_has_role(oid, 'USAGE')) AS found \
WHERE name ~ '^sim_[0-9a-f]{12}$' AND mark IS NOT NULL \
AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity \
WHERE pg_catalog.left(application_name, 16) = name OR pg_catalog.left(datname::text, 16) = name)";

/// Within the transaction of a file, what may fail alone.
pub(super) const SAVEPOINT: &str = "SAVEPOINT sim_set_up";
pub(super) const TO_SAVEPOINT: &str = "ROLLBACK TO SAVEPOINT sim_set_up";
pub(super) const RELEASE: &str = "RELEASE SAVEPOINT sim_set_up";

/// Of each session that `sim` itself has in a playground: values are written in one way, names of
/// the user's are found only with their schema, and nothing here waits for ever.
pub(super) const SETTINGS: [(&str, &str); 10] = [
    ("search_path", "pg_catalog"),
    ("synchronous_commit", "off"),
    ("jit", "off"),
    ("lock_timeout", "10s"),
    ("timezone", "UTC"),
    ("datestyle", "ISO, MDY"),
    ("intervalstyle", "postgres"),
    ("bytea_output", "hex"),
    ("row_security", "off"),
    // A scan begins where the table does.
    ("synchronize_seqscans", "off"),
];

pub(super) const TRIGGERS_OFF: &str =
    "SELECT pg_catalog.set_config('session_replication_role', 'replica', false)";

/// Tables of the user's are those of every schema but the server's and `sim`'s own.
macro_rules! users {
    () => {
        "n.nspname <> 'information_schema' AND n.nspname <> 'sim' AND n.nspname !~ '^pg_'"
    };
}

pub(super) const SIM_EXISTS: &str = "SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'sim'";

/// What has no way back, each with a sentence.
pub(super) const NOT_RESETTABLE: &str = concat!(
    "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), CASE c.relkind \
     WHEN 'f' THEN 'is a foreign table: its rows are elsewhere' \
     ELSE 'is a materialized view: only REFRESH changes its rows' END \
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relkind IN ('f', 'm') AND ",
    users!(),
    " UNION ALL SELECT 'large objects', 'lie outside every table' \
     WHERE EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata) \
     UNION ALL SELECT pg_catalog.format('%I', evtname), 'is an event trigger' \
     FROM pg_catalog.pg_event_trigger \
     UNION ALL SELECT pg_catalog.format('%I on %I.%I', t.tgname, n.nspname, c.relname), \
     'is a trigger that fires ALWAYS or for REPLICA: it would fire while rows are put back' \
     FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE t.tgenabled IN ('A', 'R') \
     UNION ALL SELECT pg_catalog.format('%I on %I.%I', r.rulename, n.nspname, c.relname), \
     'is a rule that holds ALWAYS or for REPLICA: it would hold while rows are put back' \
     FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE r.ev_enabled IN ('A', 'R') AND r.ev_type <> '1' \
     UNION ALL SELECT pg_catalog.format('%I', subname), 'is a subscription: rows come from elsewhere' \
     FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d \
     ON d.oid = s.subdbid AND d.datname = current_database() ORDER BY 1, 2"
);

/// What only a superuser can keep quiet while rows are put back.
pub(super) const NEED_TRIGGERS_OFF: &str = concat!(
    "SELECT pg_catalog.format('%I on %I.%I', t.tgname, n.nspname, c.relname), \
     CASE WHEN t.tgisinternal THEN 'checks a key' ELSE 'is a trigger' END || \
     ': only a superuser can keep it from firing while rows are put back' \
     FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE t.tgenabled <> 'D' AND ",
    users!(),
    " ORDER BY 1"
);

/// The tables that hold rows: the name for SQL, and the name for readers.
pub(super) const FIND_TABLES: &str = concat!(
    "SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname), \
     CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname \
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND ",
    users!(),
    " ORDER BY n.nspname = 'public' DESC, n.nspname, c.relname"
);

/// Their columns: the table, the name for SQL, the name for readers, whether it takes a value.
pub(super) const FIND_COLUMNS: &str = "\
SELECT attrelid, pg_catalog.quote_ident(attname), attname, attgenerated = '' \
FROM pg_catalog.pg_attribute WHERE attrelid = ANY($1::pg_catalog.oid[]) \
AND attnum > 0 AND NOT attisdropped ORDER BY attrelid, attnum";

/// Forgets what [`MAKE_SIM`] makes.
pub(super) const DROP_SIM: &str = "DROP SCHEMA IF EXISTS sim CASCADE";

/// Where the programs of the server are, of the same version.
pub(super) const DIRECTORY_OF_PROGRAMS: &str =
    "SELECT setting FROM pg_catalog.pg_config() WHERE name = 'BINDIR'";

/// How the storage options of a table begin in a dump, and the option that holds for a run.
pub(super) const STORAGE_OF_RUN: (&str, &str) = ("WITH (", "autovacuum_enabled=");

/// What `sim` keeps in the database, and nothing of the user's refers to. Outcomes and effects
/// are for invariants.
pub(super) const MAKE_SIM: [&str; 7] = [
    "CREATE SCHEMA sim",
    "CREATE TABLE sim.tables (number integer PRIMARY KEY, relation oid NOT NULL, rows bigint NOT NULL)",
    "CREATE TABLE sim.sequences (relation regclass NOT NULL, value bigint NOT NULL, called boolean NOT NULL)",
    "CREATE TABLE sim.statistics (relation oid PRIMARY KEY, pages integer, tuples real, visible integer)",
    "CREATE TABLE sim.outcomes (actor integer, step integer, operation text, buyer bigint, \
     checkout_key bigint, outcome text, tries integer, variables jsonb)",
    "CREATE TABLE sim.effects (actor integer, name text, value text)",
    "REVOKE ALL ON SCHEMA sim FROM PUBLIC",
];

/// Statements about one of the user's tables.
#[derive(Debug, Clone, Copy)]
pub(super) struct OfTable<'t> {
    /// Its number in `sim.tables`.
    pub(super) number: usize,
    /// Its name, as SQL.
    pub(super) table: &'t str,
    /// All its columns, as SQL.
    pub(super) columns: &'t [String],
    /// Those that take a value; the others are computed from them.
    pub(super) given: &'t [String],
}

impl OfTable<'_> {
    /// The start, row by row: the place in the first order, where the row lies, and its values
    /// under names that no column of the user's has to share.
    pub(super) fn keep(self) -> String {
        let Self { number, table, .. } = self;
        let names: String = (1..=self.given.len())
            .map(|number| format!(", c{number}"))
            .collect();
        let given: String = self.given.iter().map(|name| format!(", {name}")).collect();
        format!(
            "CREATE TABLE sim.rows_{number} (no, at{names}) WITH (autovacuum_enabled = off) AS \
             SELECT pg_catalog.row_number() OVER (ORDER BY ctid), ctid{given} FROM ONLY {table}"
        )
    }

    pub(super) fn number_rows(self) -> String {
        format!("ALTER TABLE sim.rows_{} ADD PRIMARY KEY (no)", self.number)
    }

    /// After rows have been put back one by one: where they lie.
    pub(super) fn keep_count(self) -> String {
        let Self { number, .. } = self;
        format!(
            "INSERT INTO sim.tables SELECT {number}, $1::oid, count(*) FROM sim.rows_{number} RETURNING rows"
        )
    }

    /// At serializable, a plan that changes between two schedules changes what is noticed.
    pub(super) fn stop_autovacuum(self) -> String {
        format!("ALTER TABLE {} SET (autovacuum_enabled = off)", self.table)
    }

    pub(super) fn analyze(self) -> String {
        format!("VACUUM (ANALYZE) {}", self.table)
    }

    /// Every row: where it lies, whether it is younger than `$1`, and its values.
    pub(super) fn read(self) -> String {
        format!(
            "SELECT ctid, age(xmin) < age($1::xid){} FROM ONLY {}",
            self.listed(),
            self.table
        )
    }

    /// The rows that are younger than `$1`.
    pub(super) fn read_young(self) -> String {
        format!(
            "SELECT ctid, true{} FROM ONLY {} WHERE age(xmin) < age($1::xid)",
            self.listed(),
            self.table
        )
    }

    /// The numbers of rows that are gone, where not all of `$2` old ones are there.
    pub(super) fn read_missing(self) -> String {
        let Self { number, table, .. } = self;
        format!(
            "SELECT kept.no FROM sim.rows_{number} AS kept \
             WHERE (SELECT count(*) FROM ONLY {table} WHERE age(xmin) >= age($1::xid)) <> $2::bigint \
             AND NOT EXISTS (SELECT FROM ONLY {table} AS here \
             WHERE here.ctid = kept.at AND age(here.xmin) >= age($1::xid)) ORDER BY kept.no"
        )
    }

    fn listed(self) -> String {
        self.columns
            .iter()
            .map(|name| format!(", {name}"))
            .collect()
    }

    pub(super) fn empty(self) -> String {
        format!("DELETE FROM ONLY {}", self.table)
    }

    /// Answers of each row where it lay, and its bytes.
    pub(super) fn empty_and_tell(self) -> String {
        format!(
            "DELETE FROM ONLY {} AS gone RETURNING ctid, pg_catalog.pg_column_size(gone.*)",
            self.table
        )
    }

    /// The rows at these places.
    pub(super) fn delete_at(self) -> String {
        format!(
            "DELETE FROM ONLY {} WHERE ctid = ANY($1::tid[])",
            self.table
        )
    }

    /// All rows in their first order; answers where each lies.
    pub(super) fn fill(self) -> String {
        format!("{} ORDER BY no RETURNING ctid", self.insert())
    }

    fn insert(self) -> String {
        let Self { number, table, .. } = self;
        match self.given {
            [] => format!("INSERT INTO {table} SELECT FROM sim.rows_{number}"),
            given => {
                let kept: Vec<String> = (1..=given.len()).map(|n| format!("c{n}")).collect();
                format!(
                    "INSERT INTO {table} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM sim.rows_{number}",
                    given.join(", "),
                    kept.join(", ")
                )
            }
        }
    }

    /// The rows of these numbers; keeps where they lie now.
    pub(super) fn fill_some(self) -> String {
        let Self { number, .. } = self;
        format!(
            "WITH put AS ({} WHERE no = ANY($1::bigint[]) ORDER BY no RETURNING ctid), \
             placed AS (SELECT ctid AS at, row_number() OVER () AS nth FROM put), \
             wanted AS (SELECT no, row_number() OVER (ORDER BY no) AS nth FROM unnest($1::bigint[]) AS no) \
             UPDATE sim.rows_{number} AS kept SET at = placed.at \
             FROM placed JOIN wanted USING (nth) WHERE kept.no = wanted.no",
            self.insert()
        )
    }

    /// Where each row lay when that was kept last, in their first order.
    pub(super) fn places(self) -> String {
        format!("SELECT at FROM sim.rows_{} ORDER BY no", self.number)
    }

    /// Where every kept row lies now, in their first order.
    pub(super) fn keep_places(self) -> String {
        format!(
            "UPDATE sim.rows_{} AS kept SET at = here.at \
             FROM unnest($1::tid[]) WITH ORDINALITY AS here (at, no) \
             WHERE kept.no = here.no AND kept.at <> here.at",
            self.number
        )
    }
}

/// Every sequence of the user's, also those of identities.
pub(super) const FIND_SEQUENCES: &str = concat!(
    "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) \
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND ",
    users!(),
    " ORDER BY 1"
);

pub(super) fn keep_sequence(name: &str) -> String {
    format!(
        "INSERT INTO sim.sequences SELECT {}::regclass, last_value, is_called FROM {name}",
        literal(name)
    )
}

/// A sequence is no part of a transaction: it is put back at once.
pub(super) const RESET_SEQUENCES: &str =
    "SELECT count(setval(relation, value, called)) FROM sim.sequences";

/// The tables as they were prepared: which file each has, how many bytes that is, how many columns
/// there have ever been, what could be told of the catalogue cheaply, and whether the planner knows something else.
pub(super) const LOOK_AT_TABLES: &str = "\
SELECT relfilenode, pg_relation_size(relation), relnatts, \
(SELECT count(*) FROM pg_class WHERE oid >= 16384 AND relpersistence <> 't' \
AND relkind IN ('r', 'p', 'S', 'v', 'm', 'f')), \
(relpages, reltuples, relallvisible) IS DISTINCT FROM (pages, tuples, visible) \
FROM sim.tables JOIN pg_class ON oid = relation LEFT JOIN sim.statistics USING (relation) ORDER BY number";

/// By which rows that come later are told from those that are there; and what time it is.
pub(super) const THIS_TRANSACTION: &str = "\
SELECT pg_current_xact_id()::xid, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// By the server's clock, in microseconds since 1970 (UTC).
pub(super) const NOW: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

pub(super) const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
pub(super) const COMMIT: &str = "COMMIT";
pub(super) const ROLLBACK: &str = "ROLLBACK";

/// A name as SQL.
pub(super) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
