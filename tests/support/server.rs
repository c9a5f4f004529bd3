//! A private PostgreSQL on which a play is performed statement by statement.

use std::time::Duration;

use checkout_sim::database::cluster::Cluster;
use checkout_sim::database::{Schema, Server};
use checkout_sim::session::{Result, Session};
use checkout_sim::shop::Isolation;
use checkout_sim::statement::{Reply, Statement};
use checkout_sim::subject::Strategy;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{ConnectOptions, Row};
use tokio::sync::mpsc;

use crate::support::play::{Play, Step};
use crate::support::postgres;
use checkout_sim::event::Event;

/// Sessions that fell asleep earlier have looked for a deadlock and found none
/// before the next statement, so the one that closes a circle is the victim.
const DEADLOCK_TIMEOUT_MS: u64 = 2;
const AFTER_DEADLOCK_TIMEOUT: Duration = Duration::from_millis(4 * DEADLOCK_TIMEOUT_MS);
/// Between two looks. Without it, the server process that is asked and the
/// task that asks keep waking each other, and on a machine with few cores the
/// very processes that are waited for got no time at all (measured: runnable
/// for 80 seconds).
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);
/// Only what hangs for ever takes so long, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Rig {
    cluster: Cluster,
    schema: Schema,
    monitor: PgConnection,
    actors: usize,
    sessions: [Vec<Actor>; 2],
}

/// A session with a task of its own, for it may sleep in a statement.
struct Actor {
    pid: i32,
    statements: mpsc::UnboundedSender<Statement>,
    replies: mpsc::UnboundedReceiver<Result<Reply>>,
}

const LEVELS: [Isolation; 2] = [Isolation::ReadCommitted, Isolation::RepeatableRead];

impl Rig {
    pub async fn start(actors: usize) -> Self {
        let timeout = format!("{DEADLOCK_TIMEOUT_MS}ms");
        let cluster = postgres::start(&[
            ("deadlock_timeout", &timeout),
            ("autovacuum", "off"),
            ("fsync", "off"),
        ]);
        let (directory, port) = (cluster.socket_dir(), cluster.port());
        let server = Server::private(directory, port, cluster.superuser());
        let schema = Schema::create(server, "play".into()).await.expect("schema");
        let monitor = postgres::superuser(&cluster, "postgres").disable_statement_logging();
        let mut rig = Self {
            monitor: monitor.connect().await.expect("a monitor"),
            cluster,
            schema,
            actors,
            sessions: [Vec::new(), Vec::new()],
        };
        rig.connect().await;
        rig
    }

    pub async fn stop(self) {
        self.schema.close().await;
        self.cluster.stop().expect("stop the cluster");
    }

    async fn connect(&mut self) {
        for (level, sessions) in LEVELS.into_iter().zip(&mut self.sessions) {
            sessions.clear();
            for _ in 0..self.actors {
                let connector = self.schema.connector();
                let mut connection = connector
                    .connect(Strategy::Naive.at(level))
                    .await
                    .expect("connect");
                let (statements, mut inbox) = mpsc::unbounded_channel();
                let (outbox, replies) = mpsc::unbounded_channel();
                sessions.push(Actor {
                    pid: connection.backend().pid,
                    statements,
                    replies,
                });
                tokio::spawn(async move {
                    while let Some(statement) = inbox.recv().await {
                        let _ = outbox.send(connection.execute(statement).await);
                    }
                });
            }
        }
    }

    /// New sessions, after a play that was left in the middle.
    pub async fn restart(&mut self) {
        let pids: Vec<i32> = self.sessions.iter().flatten().map(|s| s.pid).collect();
        sqlx::query("SELECT pg_terminate_backend(pid, 10000) FROM unnest($1::int[]) AS pid")
            .bind(pids)
            .fetch_all(&mut self.monitor)
            .await
            .expect("end the sessions");
        self.connect().await;
    }

    /// Performs a play; the first difference, if there is one.
    pub async fn perform(&mut self, play: &Play) -> std::result::Result<(), String> {
        let setting = &play.setting;
        let laid_out = self.schema.lay_out(&setting.supply, setting.stock_check);
        laid_out.await.expect("lay out");
        let level = LEVELS.iter().position(|level| *level == setting.isolation);
        let level = level.expect("a level that is modelled");
        let mut waiting = vec![false; setting.sessions];
        for (at, step) in play.steps.iter().enumerate() {
            let (replies, blockers) = self.step(level, step, &mut waiting).await;
            let expected = expected_replies(step, setting.sessions);
            if (&replies, &blockers) != (&expected, &step.blockers) {
                let lines: Vec<String> = play.steps[..=at].iter().map(describe).collect();
                return Err(format!(
                    "{setting:?}\n{}\nmodel: {expected:?} {:?}\nPostgreSQL: {replies:?} {blockers:?}",
                    lines.join("\n"),
                    step.blockers
                ));
            }
        }
        let state = self.schema.state().await.expect("the tables");
        match state == play.state {
            true => Ok(()),
            false => Err(format!("model: {:?}\nPostgreSQL: {state:?}", play.state)),
        }
    }

    async fn step(
        &mut self,
        level: usize,
        step: &Step,
        waiting: &mut [bool],
    ) -> (Vec<Option<Result<Reply>>>, Vec<Vec<usize>>) {
        let statement = step.statement.clone().expect("a play without cuts");
        let actor = &self.sessions[level][step.session];
        actor.statements.send(statement).expect("a live session");
        let waited = waiting.to_vec();
        waiting[step.session] = true;
        let mut replies = vec![None; waiting.len()];
        let mut before = None;
        let started = std::time::Instant::now();
        loop {
            let (blockers, at_rest) = self.look(level).await;
            let mut is_quiet = !has_circle(&blockers);
            for (session, actor) in self.sessions[level].iter_mut().enumerate() {
                if let Ok(reply) = actor.replies.try_recv() {
                    replies[session] = Some(reply);
                    waiting[session] = false;
                    // A session that was blocked before this reply may not be any more.
                    is_quiet = false;
                }
            }
            is_quiet &= (0..waiting.len()).all(|s| match waiting[s] {
                true => !blockers[s].is_empty(),
                // An error is told before its locks are released.
                false => at_rest[s],
            });
            // Not all that one look tells is of the same moment.
            if is_quiet && before.as_ref() == Some(&blockers) {
                if (0..waiting.len()).any(|s| waiting[s] && !waited[s]) || waited != *waiting {
                    tokio::time::sleep(AFTER_DEADLOCK_TIMEOUT).await;
                }
                return (replies, blockers);
            }
            assert!(
                started.elapsed() < PATIENCE,
                "{step:?} does not settle: {replies:?}, {blockers:?}, {at_rest:?}"
            );
            before = is_quiet.then_some(blockers);
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// The sessions that each one waits for, and whether its backend has nothing to do.
    async fn look(&mut self, level: usize) -> (Vec<Vec<usize>>, Vec<bool>) {
        let pids: Vec<i32> = self.sessions[level].iter().map(|s| s.pid).collect();
        let rows = sqlx::query(
            "SELECT pg_blocking_pids(s.pid), coalesce(a.state LIKE 'idle%', false) \
             FROM unnest($1::int[]) WITH ORDINALITY AS s (pid, no), \
             LATERAL pg_stat_get_activity(s.pid) AS a ORDER BY no",
        )
        .bind(&pids)
        .fetch_all(&mut self.monitor)
        .await
        .expect("look for blockers");
        let sessions = |row: &PgRow| {
            let by: Vec<i32> = row.get(0);
            let session = |blocker: &i32| pids.iter().position(|pid| pid == blocker);
            let mut by: Vec<usize> = by.iter().filter_map(session).collect();
            by.sort_unstable();
            by.dedup();
            by
        };
        let at_rest = |row: &PgRow| row.get(1);
        (
            rows.iter().map(sessions).collect(),
            rows.iter().map(at_rest).collect(),
        )
    }
}

fn expected_replies(step: &Step, sessions: usize) -> Vec<Option<Result<Reply>>> {
    let mut replies = vec![None; sessions];
    for event in &step.events {
        if let Event::Replied { session, reply } = event {
            replies[*session] = Some(reply.clone());
        }
    }
    replies
}

fn has_circle(blockers: &[Vec<usize>]) -> bool {
    let reaches = |start: usize| {
        let mut seen = vec![start];
        let mut at = 0;
        while let Some(&session) = seen.get(at) {
            at += 1;
            for &next in &blockers[session] {
                if next == start {
                    return true;
                }
                if !seen.contains(&next) {
                    seen.push(next);
                }
            }
        }
        false
    };
    (0..blockers.len()).any(reaches)
}

fn describe(step: &Step) -> String {
    format!(
        "  {} {:?} -> {:?}",
        step.session, step.statement, step.events
    )
}
