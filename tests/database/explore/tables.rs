//! Text on tables of its own: the search that leaves out what cannot be told apart by the
//! locks of transactions, against the whole one.
//!
//! Each case is a pair of sessions, the first buyer and the second, on tables that no strategy
//! knows. Where locks do not tell all, a search that believed them would miss an end of it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use checkout_sim::database::Server;
use checkout_sim::event::Event;
use checkout_sim::explore::arena::{Arena, Asked, End, Seat, StepError};
use checkout_sim::explore::bounds::{Limits, Policy};
use checkout_sim::explore::case::Case;
use checkout_sim::explore::footprint::Footprint;
use checkout_sim::explore::schedule::Choice;
use checkout_sim::explore::search::Arenas;
use checkout_sim::explore::walk::Walked;
use checkout_sim::explore::worlds::engine::EngineWorld;
use checkout_sim::explore::worlds::gate::Gate;
use checkout_sim::shop::Isolation::{self, ReadCommitted, RepeatableRead, Serializable};
use checkout_sim::subject::{Strategy, add_script};
use checkout_sim::value::{State, Table, Value};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor as _};

use super::pairs::unordered;
use super::stage::{case, rules, two_lines};
use crate::common;

/// What a pair of sessions works on, beside the tables `a`, `b` and `c`, each with one row
/// `(1, 10)`, whose `id` is a key.
#[derive(Default)]
struct Pair {
    name: &'static str,
    setup: &'static str,
    /// Before the rows of the three tables are put back.
    reset: &'static str,
    /// What is compared beside them.
    also: &'static str,
    first: &'static str,
    second: &'static str,
}

const TABLES: &str = "\
    CREATE TABLE a (id int PRIMARY KEY, v int) WITH (autovacuum_enabled = off); \
    CREATE TABLE b (id int PRIMARY KEY, v int) WITH (autovacuum_enabled = off); \
    CREATE TABLE c (id int PRIMARY KEY, v int) WITH (autovacuum_enabled = off);";

const RESET: &str = "\
    DELETE FROM c; DELETE FROM b; DELETE FROM a; INSERT INTO a VALUES (1, 10); \
    INSERT INTO b VALUES (1, 10); INSERT INTO c VALUES (1, 10);";

const READ: &str = "SELECT 'a' || id || ':' || v FROM a UNION ALL \
    SELECT 'b' || id || ':' || v FROM b UNION ALL SELECT 'c' || id || ':' || v FROM c";

/// The sessions of a pair, beside its tables in the schema of the run.
struct Beside {
    gate: Gate<EngineWorld>,
    link: PgConnection,
    reset: String,
    read: String,
}

impl Arena for Beside {
    fn invite(&mut self, sessions: &[usize]) {
        self.gate.invite(sessions);
    }

    async fn reset(&mut self) -> Result<(), StepError> {
        self.gate.reset().await?;
        let reset = AssertSqlSafe(self.reset.clone());
        self.link.execute(reset).await.expect("a reset");
        Ok(())
    }

    fn seats(&self) -> &[Seat] {
        self.gate.seats()
    }

    async fn admit(&mut self, choice: Choice, events: &mut Vec<Event>) -> Result<(), StepError> {
        self.gate.admit(choice, events).await
    }

    async fn admit_and_look(
        &mut self,
        choice: Choice,
        events: &mut Vec<Event>,
    ) -> Result<Footprint, StepError> {
        self.gate.admit_and_look(choice, events).await
    }

    fn next_statement(&self, session: usize) -> Asked {
        self.gate.next_statement(session)
    }

    async fn state(&mut self) -> Result<State, StepError> {
        self.gate.state().await
    }

    async fn end(&mut self) -> Result<End, StepError> {
        let told = self.gate.end().await?.told;
        let rows = sqlx::query_scalar(AssertSqlSafe(self.read.clone()));
        let mut rows: Vec<String> = rows.fetch_all(&mut self.link).await.expect("rows");
        rows.sort_unstable();
        let mut table = Table::empty(vec!["row".into()].into());
        table.extend(rows.into_iter().map(|row| Value::Text(row.into())));
        let state = State::of(vec![("rows".into(), Arc::new(table))]);
        Ok(End::of_shop(state, told))
    }
}

/// A database of its own: in one that others use, a function of theirs may hide something.
async fn database() -> String {
    let (schema, name) = (common::schema().await, common::name());
    let mut link = common::look_into(&schema).await;
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    link.execute(create).await.expect("a database");
    name
}

async fn open(database: &str, pair: &Pair, case: &Arc<Case>) -> Result<Beside, StepError> {
    let cluster = common::cluster();
    let server = Server::from_url(&common::url(cluster, database)).expect("a URL");
    let name = common::name();
    let mut link = common::connect(database).await;
    let start = format!(
        "CREATE SCHEMA {name}; SET search_path TO {name}; {TABLES} {}",
        pair.setup
    );
    let made = link.execute(AssertSqlSafe(start)).await;
    made.unwrap_or_else(|error| panic!("{}: {error}", pair.name));
    let reset = format!("{}; {RESET}", pair.reset);
    // A warm-up needs the rows too.
    let first = link.execute(AssertSqlSafe(reset.clone())).await;
    first.expect("a reset");
    let world = EngineWorld::open(server, name, Arc::clone(case)).await?;
    Ok(Beside {
        gate: Gate::new(world, Arc::clone(case)),
        link,
        reset,
        read: format!("{READ} {}", pair.also),
    })
}

/// What a search came to.
struct Searched {
    ends: BTreeSet<String>,
    schedules: u64,
}

impl Pair {
    fn case(&self, level: Isolation) -> Arc<Case> {
        let text = format!(
            "\\if :buyer = 1\n{}\n\\else\n{}\n\\endif\n",
            self.first, self.second
        );
        let mut case = (*case(&two_lines(), Strategy::Naive, level)).clone();
        let file = format!("{}-{level}.sql", self.name.replace(' ', "-"));
        let script = add_script(&PathBuf::from(file), &text);
        case.terms.cell.subject = script.unwrap_or_else(|why| panic!("{why}"));
        Arc::new(case)
    }

    /// The whole search, and the reduced one.
    fn searched(&self, level: Isolation) -> [Searched; 2] {
        let case = self.case(level);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let database = runtime.block_on(database());
        // Sessions of one database share its advisory locks.
        let mut arenas = Arenas::open(1, |_| open(&database, self, &case)).unwrap();
        [false, true].map(|reduce| {
            let ends = Mutex::new(BTreeSet::new());
            let see = |walked: Walked| {
                let end = format!("{:?}", walked.end);
                ends.lock().unwrap().insert(end);
            };
            let (limits, stop) = (Limits::default(), AtomicBool::new(false));
            let rules = rules(&case, reduce);
            let (covered, worked) = arenas.search(Policy::Exhaustive, rules, limits, &stop, &see);
            worked.unwrap_or_else(|error| panic!("{}: {error}", self.name));
            assert!(covered.exhausted, "{} at {level}: {covered:?}", self.name);
            Searched {
                ends: ends.into_inner().unwrap(),
                schedules: covered.schedules,
            }
        })
    }

    /// Asserts that nothing is lost; how many schedules there are, of how many ends, and how
    /// many are run.
    fn reduced(&self, level: Isolation) -> (u64, usize, u64) {
        let [whole, reduced] = self.searched(level);
        let (name, ends) = (self.name, whole.ends.len());
        eprintln!(
            "{name} at {level}: {} schedules, {ends} ends, {} run",
            whole.schedules, reduced.schedules
        );
        assert_eq!(reduced.ends, whole.ends, "{name} at {level}");
        (whole.schedules, ends, reduced.schedules)
    }
}

const APART: Pair = Pair {
    name: "apart",
    setup: "",
    reset: "",
    also: "",
    first: "BEGIN; SELECT v FROM a WHERE id = 1 \\gset\nUPDATE a SET v = :v + 1; COMMIT;",
    second: "BEGIN; SELECT v FROM b WHERE id = 1 \\gset\nUPDATE b SET v = :v + 1; COMMIT;",
};

/// Two sessions that share no table come to one end, in one schedule; at serializable every
/// order of what they read and write is run.
#[test]
fn sessions_apart_have_one_schedule() {
    assert_eq!(APART.reduced(ReadCommitted), (70, 1, 1));
    // The first snapshot of one could see what the other commits, or not.
    let (whole, ends, run) = APART.reduced(RepeatableRead);
    assert_eq!((whole, ends), (70, 1));
    assert!(run < 10, "{run}");
    // BEGIN alone touches nothing: three steps of each are left.
    assert_eq!(APART.reduced(Serializable), (70, 1, 20));
}

/// What sessions share they share in every schedule that can be told apart, and the rest is
/// left out.
#[test]
fn no_end_is_lost_of_sessions_that_share_a_table() {
    for pair in SHARED {
        for level in [ReadCommitted, RepeatableRead] {
            let (whole, ends, run) = pair.reduced(level);
            assert!(ends > 1, "{} at {level} shows nothing", pair.name);
            assert!(
                run * 2 < whole,
                "{} at {level}: {run} of {whole}",
                pair.name
            );
        }
    }
}

/// Where locks do not tell all, nothing is concluded from them: each of these has an end that
/// a search would miss that took the locks of what has run for all that it touched.
#[test]
fn no_end_is_lost_where_locks_do_not_tell_all() {
    for pair in UNTOLD {
        let (_, ends, _) = pair.reduced(ReadCommitted);
        assert!(ends > 1, "{} shows nothing", pair.name);
    }
}

const UNTOLD: [Pair; 8] = [
    Pair {
        name: "a read that an error takes back",
        setup: "CREATE FUNCTION peek() RETURNS int LANGUAGE plpgsql AS \
                    'DECLARE x int; BEGIN BEGIN SELECT v INTO x FROM b; RAISE EXCEPTION ''no''; \
                    EXCEPTION WHEN OTHERS THEN RETURN x; END; END'",
        first: "BEGIN; UPDATE a SET v = peek(); UPDATE c SET v = 1; COMMIT;",
        second: "BEGIN; UPDATE b SET v = 20; COMMIT;",
        reset: "",
        also: "",
    },
    Pair {
        name: "an advisory lock that is tried",
        first: "BEGIN; UPDATE a SET v = 1; SELECT pg_advisory_xact_lock(7); UPDATE a SET v = 2; COMMIT;",
        second: "BEGIN; UPDATE b SET v = CASE WHEN pg_try_advisory_xact_lock(7) THEN 1 ELSE 2 END; COMMIT;",
        setup: "",
        reset: "",
        also: "",
    },
    Pair {
        name: "an advisory lock within a function",
        setup: "CREATE FUNCTION try() RETURNS int LANGUAGE sql AS \
                    'SELECT CASE WHEN pg_try_advisory_xact_lock(7) THEN 1 ELSE 2 END'",
        first: "BEGIN; UPDATE a SET v = 1; UPDATE a SET v = try(); UPDATE a SET id = 2; COMMIT;",
        second: "BEGIN; UPDATE b SET v = try(); COMMIT;",
        reset: "",
        also: "",
    },
    Pair {
        name: "a check at the commit",
        setup: "CREATE TABLE child (a int REFERENCES a DEFERRABLE INITIALLY DEFERRED)",
        reset: "DELETE FROM child",
        also: "UNION ALL SELECT 'child' || a FROM child",
        first: "BEGIN; INSERT INTO child VALUES (1); UPDATE c SET v = 1; COMMIT;",
        second: "BEGIN; DELETE FROM a WHERE id = 1; UPDATE b SET v = 1; COMMIT;",
    },
    Pair {
        name: "a function that is made anew",
        setup: "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        reset: "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        first: "BEGIN; CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'; COMMIT;",
        second: "BEGIN; UPDATE c SET v = 1; UPDATE b SET v = f(); COMMIT;",
        also: "",
    },
    Pair {
        name: "a part that is undone",
        first: "BEGIN; UPDATE c SET v = 1; SAVEPOINT s; UPDATE a SET v = 1; ROLLBACK TO s; \
                    UPDATE c SET v = 2; COMMIT;",
        second: "BEGIN; UPDATE b SET v = (SELECT count(*) FROM \
                     (SELECT FROM a FOR UPDATE SKIP LOCKED) AS free); COMMIT;",
        setup: "",
        reset: "",
        also: "",
    },
    Pair {
        name: "an error behind a savepoint",
        setup: "CREATE SEQUENCE s",
        reset: "SELECT setval('s', 7)",
        first: "BEGIN; UPDATE a SET v = 1; SAVEPOINT s; \
                    INSERT INTO c VALUES (nextval('s') * 0 + 1, 1);\n\\if :ERROR\n\\endif\nROLLBACK;",
        second: "BEGIN; UPDATE b SET v = (SELECT last_value FROM s) + 100 * (SELECT count(*) FROM \
                     (SELECT FROM a FOR UPDATE SKIP LOCKED) AS free); COMMIT;",
        also: "",
    },
    Pair {
        name: "a lock on a table",
        first: "BEGIN; SELECT v FROM a; COMMIT;",
        second: "BEGIN; LOCK TABLE a IN ACCESS EXCLUSIVE MODE NOWAIT; UPDATE b SET v = 1; COMMIT;",
        setup: "",
        reset: "",
        also: "",
    },
];

/// Pairs of single statements, each in a transaction of its own: the steps of a few, and of
/// every one.
#[test]
fn no_end_is_lost_of_a_few_single_statements() {
    for pair in unordered().into_iter().step_by(11) {
        assert_no_end_is_lost_of(pair, ReadCommitted);
    }
}

#[test]
#[ignore = "slow: 3,000 schedules"]
fn deep_no_end_is_lost_of_single_statements() {
    for level in [ReadCommitted, RepeatableRead] {
        for pair in unordered() {
            assert_no_end_is_lost_of(pair, level);
        }
    }
}

fn assert_no_end_is_lost_of([first, second]: [&'static str; 2], level: Isolation) {
    let text = |sql| format!("{sql};\n\\set outcome_done true");
    let (first, second) = (text(first), text(second));
    Pair {
        name: "single statements",
        setup: "CREATE TABLE k (id int, v int) WITH (autovacuum_enabled = off)",
        reset: "DELETE FROM k; INSERT INTO k VALUES (1, 1), (2, 1), (3, 1)",
        also: "UNION ALL SELECT 'k' || id || ':' || v FROM k",
        first: first.leak(),
        second: second.leak(),
    }
    .reduced(level);
}

const SHARED: [Pair; 8] = [
    Pair {
        name: "a deadlock",
        first: "BEGIN; UPDATE a SET v = v + 1; UPDATE b SET v = v + 1; COMMIT;",
        second: "BEGIN; UPDATE c SET v = 0; UPDATE b SET v = v * 2; UPDATE a SET v = v * 2; COMMIT;",
        setup: "",
        reset: "",
        also: "",
    },
    Pair {
        name: "a write skew",
        first: "BEGIN; SELECT v AS x FROM a \\gset\nUPDATE b SET v = :x + 1; COMMIT;",
        second: "BEGIN; SELECT v AS x FROM b \\gset\nUPDATE a SET v = :x + 2; COMMIT;",
        setup: "",
        reset: "",
        also: "",
    },
    Pair {
        name: "a trigger that reads",
        setup: "CREATE FUNCTION add_b() RETURNS trigger LANGUAGE plpgsql AS \
                'BEGIN IF new.v < 0 THEN RAISE EXCEPTION ''below''; END IF; \
                new.v := new.v + (SELECT v FROM b); RETURN new; END'; \
                CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW EXECUTE PROCEDURE add_b()",
        first: "BEGIN; UPDATE a SET v = 1; UPDATE c SET v = 1; COMMIT;",
        second: "BEGIN; UPDATE b SET v = 20; COMMIT;",
        reset: "",
        also: "",
    },
    Pair {
        name: "a trigger that writes",
        setup: "CREATE FUNCTION log_b() RETURNS trigger LANGUAGE plpgsql AS \
                'BEGIN UPDATE b SET v = v + new.v; RETURN new; END'; \
                CREATE TRIGGER t AFTER UPDATE ON a FOR EACH ROW EXECUTE PROCEDURE log_b()",
        first: "BEGIN; UPDATE a SET v = 1; UPDATE c SET v = 1; COMMIT;",
        second: "BEGIN; UPDATE b SET v = v * 2; COMMIT;",
        reset: "",
        also: "",
    },
    Pair {
        name: "a function",
        setup: "CREATE FUNCTION take() RETURNS int LANGUAGE sql AS \
                'UPDATE b SET v = v - 1 RETURNING v'",
        first: "BEGIN; SELECT take() AS x \\gset\nUPDATE a SET v = :x; COMMIT;",
        second: "BEGIN; UPDATE c SET v = 1; UPDATE b SET v = v * 2; COMMIT;",
        reset: "",
        also: "",
    },
    Pair {
        name: "a view",
        setup: "CREATE VIEW w AS SELECT v FROM b",
        first: "BEGIN; SELECT v AS x FROM w \\gset\nUPDATE a SET v = :x; COMMIT;",
        second: "BEGIN; UPDATE c SET v = 1; UPDATE b SET v = 20; COMMIT;",
        reset: "",
        also: "",
    },
    Pair {
        name: "a sequence",
        setup: "CREATE SEQUENCE s",
        reset: "SELECT setval('s', 7)",
        first: "BEGIN; UPDATE a SET v = nextval('s'); UPDATE a SET id = 2; COMMIT;",
        second: "BEGIN; UPDATE c SET v = 1; UPDATE b SET v = (SELECT last_value FROM s); COMMIT;",
        also: "",
    },
    Pair {
        name: "a child and its parent",
        setup: "CREATE TABLE child (a int REFERENCES a)",
        reset: "DELETE FROM child",
        also: "UNION ALL SELECT 'child' || a FROM child",
        first: "BEGIN; UPDATE c SET v = 1; INSERT INTO child VALUES (1); COMMIT;",
        second: "BEGIN; UPDATE b SET v = 1; DELETE FROM a WHERE id = 1; COMMIT;",
    },
];
