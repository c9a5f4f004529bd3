//! Pairs of single statements in autocommit on PostgreSQL: what two sessions
//! come to when both are released at once, against every interleaving of the
//! steps that a statement is split into.
//!
//! At read committed the steps are execute and commit, above it snapshot,
//! execute and commit. The steps must show every end of real runs; whole
//! statements, one after the other, must not.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use checkout_sim::shop::Isolation;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::common;

/// What a pair of statements works on.
struct Tables {
    create: &'static str,
    reset: &'static str,
    read: &'static str,
}

/// Without an index, so that every scan takes rows in one order.
const PLAIN: Tables = Tables {
    create: "DROP TABLE IF EXISTS k; \
             CREATE TABLE k (id int, v int) WITH (autovacuum_enabled = off)",
    reset: "DELETE FROM k; INSERT INTO k VALUES (1, 1), (2, 1), (3, 1)",
    read: "SELECT coalesce(string_agg(id || ':' || v, ' ' ORDER BY id, v), '') FROM k",
};

/// New files for each run: at serializable what an index page holds decides which
/// session is refused, and pages must not fill with dead entries.
const WITH_KEYS: Tables = Tables {
    create: "DROP TABLE IF EXISTS c, p; \
             CREATE TABLE p (id int PRIMARY KEY, v int) WITH (autovacuum_enabled = off); \
             CREATE TABLE c (id int, p int REFERENCES p) WITH (autovacuum_enabled = off)",
    reset: "TRUNCATE c, p; INSERT INTO p VALUES (1, 1), (2, 1); INSERT INTO c VALUES (1, 2)",
    read: "SELECT (SELECT coalesce(string_agg(id || ':' || v, ' ' ORDER BY id, v), '') FROM p) \
           || ' / ' || (SELECT coalesce(string_agg(id || ':' || p, ' ' ORDER BY id, p), '') FROM c)",
};

const STATEMENTS: [&str; 10] = [
    "UPDATE k SET v = v + 1",
    "UPDATE k SET v = v * 2 WHERE id <= 2",
    "UPDATE k SET v = (SELECT sum(v) FROM k) WHERE id = 1",
    "INSERT INTO k SELECT 9, count(*) FROM k",
    "DELETE FROM k WHERE v = 2",
    "INSERT INTO k SELECT 8, 1 WHERE NOT EXISTS (SELECT 1 FROM k WHERE id = 8)",
    "UPDATE k SET id = id + 1 WHERE v = 1 AND id = 3",
    "WITH d AS (DELETE FROM k WHERE id = 2 RETURNING v) INSERT INTO k SELECT 7, v FROM d",
    "UPDATE k SET v = v - 1 WHERE id = 1 AND v > 0",
    "UPDATE k SET v = 100 WHERE id = (SELECT min(id) FROM k WHERE v = 1)",
];

const CHILD_AND_PARENT: [[&str; 2]; 5] = [
    ["INSERT INTO c VALUES (5, 1)", "DELETE FROM p WHERE id = 1"],
    [
        "INSERT INTO c VALUES (5, 1)",
        "UPDATE p SET v = v + 1 WHERE id = 1",
    ],
    [
        "INSERT INTO c VALUES (5, 1)",
        "UPDATE p SET id = 9 WHERE id = 1",
    ],
    [
        "UPDATE c SET p = 1 WHERE id = 1",
        "DELETE FROM p WHERE id = 1",
    ],
    ["DELETE FROM c WHERE p = 2", "DELETE FROM p WHERE id = 2"],
];

/// The rows, and what each session was told: a number of rows or an SQLSTATE.
type End = (String, [String; 2]);
type Answer = Result<u64, String>;

async fn send(link: &mut PgConnection, sql: &'static str) -> Answer {
    match link.execute(sql).await {
        Ok(done) => Ok(done.rows_affected()),
        Err(sqlx::Error::Database(error)) => Err(error.code().expect("an SQLSTATE").into_owned()),
        Err(error) => panic!("{sql}: {error}"),
    }
}

fn in_words(answer: Answer) -> String {
    answer.map_or_else(|sqlstate| sqlstate, |rows| format!("{rows} rows"))
}

/// One session of a pair: its connection is here, or with the statement that it
/// carries out.
struct Session {
    pid: i32,
    link: Option<PgConnection>,
    running: Option<JoinHandle<(PgConnection, Answer)>>,
    steps: Vec<&'static str>,
    told: Option<String>,
}

impl Session {
    fn link(&mut self) -> &mut PgConnection {
        self.link.as_mut().expect("no statement is under way")
    }

    const fn can_move(&self) -> bool {
        self.running.is_none() && !self.steps.is_empty()
    }

    fn start(&mut self) {
        let (step, mut link) = (self.steps.remove(0), self.link.take().expect("idle"));
        self.running = Some(tokio::spawn(async move {
            let answer = send(&mut link, step).await;
            (link, answer)
        }));
    }

    /// Waits until the statement under way has ended, or waits for `other`.
    async fn settle(&mut self, look: &mut PgConnection, other: i32) {
        let waits = format!("SELECT {other} = ANY (pg_blocking_pids({}))", self.pid);
        let began = Instant::now();
        while let Some(mut running) = self.running.take() {
            match timeout(Duration::from_millis(2), &mut running).await {
                Ok(ended) => {
                    let (link, answer) = ended.expect("no panic");
                    self.link = Some(link);
                    self.note(answer).await;
                }
                Err(_) => {
                    self.running = Some(running);
                    let waits = sqlx::query_scalar(AssertSqlSafe(waits.clone()));
                    if waits.fetch_one(&mut *look).await.expect("an answer") {
                        return;
                    }
                }
            }
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "neither ends nor waits"
            );
        }
    }

    /// The answer of the statement is what the session is told, and an error at
    /// its commit is the statement's own.
    async fn note(&mut self, answer: Answer) {
        if answer.is_err() {
            self.steps.clear();
            send(self.link(), "ROLLBACK").await.expect("a rollback");
        }
        // Before the commit alone: the snapshot's answer is not the statement's.
        if self.steps.len() == 1 || answer.is_err() {
            self.told = Some(in_words(answer));
        }
    }
}

/// Two sessions, and a connection that looks at them.
struct Rig {
    look: PgConnection,
    sessions: [Session; 2],
    level: Isolation,
}

impl Rig {
    async fn start(schema: &checkout_sim::database::Schema, level: Isolation) -> Self {
        let session = async || {
            let mut link = common::look_into(schema).await;
            let name = level.name().replace('-', " ");
            for set in [
                format!("SET default_transaction_isolation TO '{name}'"),
                // A small table's plan would change with its size.
                "SET enable_seqscan TO off".into(),
                // What locks and snapshots come to does not depend on the disk.
                "SET synchronous_commit TO off".into(),
            ] {
                link.execute(AssertSqlSafe(set)).await.expect("a setting");
            }
            let pid = sqlx::query_scalar("SELECT pg_backend_pid()");
            Session {
                pid: pid.fetch_one(&mut link).await.expect("a pid"),
                link: Some(link),
                running: None,
                steps: Vec::new(),
                told: None,
            }
        };
        let mut look = common::look_into(schema).await;
        let set = send(&mut look, "SET synchronous_commit TO off").await;
        set.expect("a setting");
        let sessions = [session().await, session().await];
        Self {
            look,
            sessions,
            level,
        }
    }

    async fn close(self) {
        for session in self.sessions {
            session.link.expect("idle").close().await.expect("closed");
        }
        self.look.close().await.expect("closed");
    }

    async fn end(&mut self, tables: &Tables, told: [String; 2]) -> End {
        let rows = sqlx::query_scalar(tables.read);
        (rows.fetch_one(&mut self.look).await.expect("rows"), told)
    }

    /// Every end of every interleaving of the steps.
    async fn stepped(&mut self, tables: &Tables, pair: [&'static str; 2]) -> BTreeSet<End> {
        let steps = if self.level == Isolation::ReadCommitted {
            2
        } else {
            3
        };
        let mut ends = BTreeSet::new();
        for order in 0_u32..1 << (2 * steps) {
            if order.count_ones() == steps {
                let turns = (0..2 * steps).map(|n| (order >> n & 1) as usize);
                ends.insert(self.interleave(tables, pair, turns).await);
            }
        }
        ends
    }

    /// Where a session whose turn it is waits for the other one, the other one
    /// goes on: that is an interleaving too.
    async fn interleave(
        &mut self,
        tables: &Tables,
        pair: [&'static str; 2],
        turns: impl Iterator<Item = usize>,
    ) -> End {
        send(&mut self.look, tables.reset).await.expect("a reset");
        let has_snapshot_step = self.level != Isolation::ReadCommitted;
        for (session, statement) in self.sessions.iter_mut().zip(pair) {
            session.told = None;
            session.steps = vec![statement, "COMMIT"];
            if has_snapshot_step {
                session.steps.insert(0, "SELECT 1");
            }
            send(session.link(), "BEGIN").await.expect("a transaction");
        }
        // Turns that were given away are made up for at the end.
        for turn in turns.chain([0, 1, 0, 1, 0, 1]) {
            let turn = match self.sessions[turn].can_move() {
                true => turn,
                false => 1 - turn,
            };
            if self.sessions[turn].can_move() {
                self.step(turn).await;
            }
        }
        let told = self.sessions.each_mut().map(|session| {
            assert!(session.steps.is_empty() && session.running.is_none());
            session.told.take().expect("an answer")
        });
        self.end(tables, told).await
    }

    async fn step(&mut self, turn: usize) {
        let [one, other] = &mut self.sessions;
        let (mover, other) = if turn == 0 {
            (one, other)
        } else {
            (other, one)
        };
        mover.start();
        mover.settle(&mut self.look, other.pid).await;
        other.settle(&mut self.look, mover.pid).await;
    }

    /// Whole statements, one after the other.
    async fn whole(&mut self, tables: &Tables, pair: [&'static str; 2]) -> BTreeSet<End> {
        let mut ends = BTreeSet::new();
        for order in [[0, 1], [1, 0]] {
            send(&mut self.look, tables.reset).await.expect("a reset");
            let mut told = [String::new(), String::new()];
            for n in order {
                told[n] = in_words(send(self.sessions[n].link(), pair[n]).await);
            }
            ends.insert(self.end(tables, told).await);
        }
        ends
    }

    /// Both released at once, now this one a little ahead and now that one.
    async fn raced(
        &mut self,
        tables: &Tables,
        pair: [&'static str; 2],
        times: u32,
    ) -> BTreeSet<End> {
        let mut ends = BTreeSet::new();
        for n in 0..times {
            send(&mut self.look, tables.reset).await.expect("a reset");
            let late = Duration::from_micros(u64::from(n / 2 % 10) * 20);
            let [one, other] = &mut self.sessions;
            let released = async |session: &mut Session, sql, late: Duration| {
                let began = Instant::now();
                while began.elapsed() < late {
                    std::hint::spin_loop();
                }
                in_words(send(session.link(), sql).await)
            };
            let told = if n % 2 == 0 {
                let a = released(one, pair[0], Duration::ZERO);
                let b = released(other, pair[1], late);
                let (a, b) = tokio::join!(a, b);
                [a, b]
            } else {
                let b = released(other, pair[1], Duration::ZERO);
                let a = released(one, pair[0], late);
                let (b, a) = tokio::join!(b, a);
                [a, b]
            };
            ends.insert(self.end(tables, told).await);
        }
        ends
    }
}

/// What became of some pairs at one level.
#[derive(Debug, Default)]
struct Found {
    pairs: usize,
    /// Pairs of which whole statements miss an end of the steps.
    whole_misses: usize,
    /// Those of which real runs reached such an end.
    reached: usize,
    /// Ends of real runs that the steps lack.
    lacking: Vec<String>,
}

async fn compare(
    level: Isolation,
    tables: &Tables,
    pairs: &[[&'static str; 2]],
    times: u32,
) -> Found {
    let schema = common::schema().await;
    let mut rig = Rig::start(&schema, level).await;
    let mut found = Found::default();
    for pair in pairs {
        rig.look.execute(tables.create).await.expect("tables");
        let stepped = rig.stepped(tables, *pair).await;
        let whole = rig.whole(tables, *pair).await;
        let raced = rig.raced(tables, *pair, times).await;
        assert!(
            whole.is_subset(&stepped),
            "{pair:?}: {whole:?}, {stepped:?}"
        );
        found.pairs += 1;
        found.whole_misses += usize::from(whole != stepped);
        found.reached += usize::from(!raced.is_subset(&whole));
        let lacking = raced.difference(&stepped);
        found
            .lacking
            .extend(lacking.map(|end| format!("{pair:?}: {end:?}, of {stepped:?}")));
    }
    rig.close().await;
    schema.close().await;
    eprintln!("{level}: {found:?}");
    found
}

/// Every two of the statements, the same twice among them.
pub fn unordered() -> Vec<[&'static str; 2]> {
    let from = |n: usize| {
        STATEMENTS[n..]
            .iter()
            .map(move |other| [STATEMENTS[n], *other])
    };
    (0..STATEMENTS.len()).flat_map(from).collect()
}

/// An insert that counts, one that looks first, and a child beside its parent:
/// whole statements miss an end of each, and the steps none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_few_pairs_end_as_their_steps() {
    let (count, look_first) = (STATEMENTS[3], STATEMENTS[5]);
    let few = [[count, count], [look_first, look_first]];
    for level in Isolation::ALL {
        let found = compare(level, &PLAIN, &few, 30).await;
        assert!(found.lacking.is_empty(), "{:#?}", found.lacking);
        assert_eq!(found.whole_misses, 2, "{level}");
        let found = compare(level, &WITH_KEYS, &CHILD_AND_PARENT[..1], 30).await;
        assert!(found.lacking.is_empty(), "{:#?}", found.lacking);
    }
}

/// Every pair; returns of how many of the 55 whole statements miss an end, and
/// of how many real runs reached such an end.
async fn every_pair(level: Isolation) -> [usize; 2] {
    assert_eq!(unordered().len(), 55);
    let plain = compare(level, &PLAIN, &unordered(), 200).await;
    let keys = compare(level, &WITH_KEYS, &CHILD_AND_PARENT, 200).await;
    let lacking = [plain.lacking, keys.lacking].concat();
    assert!(lacking.is_empty(), "{level}: {lacking:#?}");
    [plain.whole_misses, plain.reached]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "slow: 12,000 races"]
async fn deep_every_pair_ends_as_its_steps_at_read_committed() {
    let [missed, reached] = every_pair(Isolation::ReadCommitted).await;
    assert!(missed > 0 && reached > 0, "{missed}, {reached}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "slow: 12,000 races"]
async fn deep_every_pair_ends_as_its_steps_at_repeatable_read() {
    let [missed, reached] = every_pair(Isolation::RepeatableRead).await;
    assert!(missed > 0 && reached > 0, "{missed}, {reached}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "slow: 12,000 races"]
async fn deep_every_pair_ends_as_its_steps_at_serializable() {
    let [missed, reached] = every_pair(Isolation::Serializable).await;
    assert!(missed > 0 && reached > 0, "{missed}, {reached}");
}
