//! What a step that is held has done, and has not done.

use std::collections::HashMap;

use checkout_sim::database::wire::{Outbox, TransactionStatus};
use checkout_sim::explore::worlds::proxy::{HoldSettings, ProxyEvent, StepKind};

use super::talk::{Stand, Talker, query};
use crate::wire::server::server;

/// A table of its own, a client of a proxy that holds, and what a second session sees.
async fn held(table: &str) -> (Stand, Talker) {
    server().shown(&format!(
        "DROP TABLE IF EXISTS {table}; CREATE TABLE {table} (id int PRIMARY KEY, v int); \
         INSERT INTO {table} VALUES (1, 10), (2, 20)"
    ));
    let stand = Stand::start(Some(HoldSettings::default())).await;
    let talker = Talker::open(stand.port()).await;
    (stand, talker)
}

fn v_of(table: &str) -> String {
    server().shown(&format!("SELECT v FROM {table} WHERE id = 1"))
}

fn extended(sql: &str, values: &[Option<&str>]) -> Vec<u8> {
    let mut outbox = Outbox::default();
    outbox.parse("", sql, &[]);
    outbox.bind("", values);
    outbox.describe_portal();
    outbox.execute();
    outbox.sync();
    outbox.bytes().to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_waits_before_it_and_before_its_commit() {
    let (mut stand, mut talker) = held("held_twice").await;
    let take = "UPDATE held_twice SET v = v - 1 WHERE id = 1 RETURNING v";
    for (left, bytes) in [(9, query(take)), (8, extended(take, &[]))] {
        talker.send(&bytes).await;
        let execute = stand.parked().await;
        let sent = &execute.statements[0];
        assert_eq!(
            (execute.kind, sent.sql.as_deref()),
            (StepKind::Execute, Some(take))
        );
        assert_eq!(v_of("held_twice"), (left + 1).to_string());
        let done = stand.step(&execute).await;
        assert_eq!((done.rows, done.tag.as_deref()), (1, Some("UPDATE 1")));
        assert!(done.is_commit_due && !execute.is_in_transaction);
        // Done, locked and unseen: rows have come, and not that it is complete.
        let commit = stand.parked().await;
        assert_eq!(commit.kind, StepKind::Commit);
        assert_eq!(v_of("held_twice"), (left + 1).to_string());
        let locked = "SELECT count(*) FROM (SELECT FROM held_twice WHERE id = 1 FOR UPDATE SKIP LOCKED) AS l";
        assert_eq!(server().shown(locked), "0");
        talker.until(b"D").await;
        assert!(!talker.tags().contains('C'), "{}", talker.tags());
        talker.has_no_more();
        let committed = stand.step(&commit).await;
        assert_eq!(committed.status, Some(TransactionStatus::Idle));
        assert!(!committed.is_commit_due);
        assert_eq!(v_of("held_twice"), left.to_string());
        talker.until(b"CZ").await;
        talker.heard.clear();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_comes_at_once_and_has_freed_its_locks() {
    let (mut stand, mut talker) = held("held_error").await;
    let fails =
        "WITH d AS (UPDATE held_error SET v = 0 WHERE id = 1 RETURNING v) SELECT 1 / v FROM d";
    for bytes in [query(fails), extended(fails, &[])] {
        talker.send(&bytes).await;
        let step = stand.parked().await;
        let failed = stand.step(&step).await;
        assert_eq!(failed.error.expect("an error").sqlstate, "22012");
        assert_eq!(failed.status, Some(TransactionStatus::Idle));
        assert!(!failed.is_commit_due);
        talker.until(b"EZ").await;
        server().shown("SELECT 1 FROM held_error WHERE id = 1 FOR UPDATE NOWAIT");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_waits_for_the_lock_of_another_until_that_commits() {
    let (mut stand, mut one) = held("held_lock").await;
    let mut other = Talker::open(stand.port()).await;
    let take = query("UPDATE held_lock SET v = v - 1 WHERE id = 1");
    one.send(&take).await;
    let first = stand.parked().await;
    stand.step(&first).await;
    let commit = stand.parked().await;
    other.send(&take).await;
    let second = stand.parked().await;
    assert_ne!(second.id.connection, first.id.connection);
    assert!(stand.proxy.let_go(second.id));
    let waits = format!(
        "SELECT {} = ANY (pg_blocking_pids({}))",
        one.pid(),
        other.pid()
    );
    while server().shown(&waits) != "t" {}
    assert!(stand.events.try_recv().is_err(), "it waits");
    // Only the step that is parked can be let go, and none twice.
    assert!(stand.proxy.let_go(second.id) && stand.proxy.let_go(first.id));
    assert!(stand.events.try_recv().is_err(), "it waits");
    assert!(stand.proxy.let_go(commit.id));
    // Which of the two is told first is not said.
    let mut answers = HashMap::new();
    while answers.len() < 2 {
        if let ProxyEvent::Answered(id, answer) = stand.event().await {
            answers.insert(id, answer);
        }
    }
    assert_eq!(answers[&commit.id].error, None);
    assert_eq!(answers[&second.id].tag.as_deref(), Some("UPDATE 1"));
    assert_eq!(v_of("held_lock"), "9");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pipeline_goes_statement_by_statement_and_is_told_at_its_commit() {
    let (mut stand, mut talker) = held("held_pipeline").await;
    let mut outbox = Outbox::default();
    for id in ["1", "2"] {
        outbox.parse(
            "",
            "UPDATE held_pipeline SET v = v - $2 WHERE id = $1",
            &[23, 23],
        );
        outbox.bind("", &[Some(id), None]);
        outbox.execute();
    }
    outbox.sync();
    talker.send(outbox.bytes()).await;
    for id in ["1", "2"] {
        let step = stand.parked().await;
        assert_eq!(step.statements[0].binds, [Some(id.to_owned()), None]);
        let nulls = server().shown("SELECT count(*) FROM held_pipeline WHERE v IS NULL");
        assert_eq!(nulls, "0");
        assert_eq!(stand.step(&step).await.tag.as_deref(), Some("UPDATE 1"));
    }
    let commit = stand.parked().await;
    talker.until(b"12").await;
    assert_eq!(talker.tags(), "12");
    talker.has_no_more();
    stand.step(&commit).await;
    talker.until(b"Z").await;
    assert_eq!(talker.tags(), "12C12CZ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancel_is_a_step_of_the_session_that_it_names() {
    let (mut stand, mut talker) = held("held_cancel").await;
    talker.send(&query("SELECT pg_sleep(600)")).await;
    let sleep = stand.parked().await;
    assert!(stand.proxy.let_go(sleep.id));
    let sleeps = format!(
        "SELECT wait_event FROM pg_stat_activity WHERE pid = {}",
        talker.pid()
    );
    while server().shown(&sleeps) != "PgSleep" {}
    let mut outbox = Outbox::default();
    outbox.cancel(talker.pid(), &talker.key[4..]);
    let mut canceller = Talker::dial(stand.port()).await;
    canceller.send(outbox.bytes()).await;
    let cancel = stand.parked().await;
    assert_eq!(cancel.kind, StepKind::Cancel(Some(sleep.id.connection)));
    assert_eq!(server().shown(&sleeps), "PgSleep");
    assert!(stand.proxy.let_go(cancel.id));
    canceller.end().await;
    talker.until(b"EZ").await;
    // A wrong secret names no session, and cancels nothing.
    let mut outbox = Outbox::default();
    outbox.cancel(talker.pid(), b"none");
    let mut canceller = Talker::dial(stand.port()).await;
    canceller.send(outbox.bytes()).await;
    assert_eq!(stand.parked().await.kind, StepKind::Cancel(None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_set_free_passes_and_what_is_held_anew_parks() {
    let (mut stand, mut talker) = held("held_free").await;
    talker
        .send(&query("UPDATE held_free SET v = 5 WHERE id = 1"))
        .await;
    let step = stand.parked().await;
    let connection = step.id.connection;
    assert!(stand.proxy.hold(connection, None));
    talker.until(b"CZ").await;
    talker.query("SELECT 1").await;
    assert_eq!(v_of("held_free"), "5");
    while let Ok(event) = stand.events.try_recv() {
        assert!(!matches!(event, ProxyEvent::Parked(_)), "{event:?}");
    }
    assert!(stand.proxy.hold(connection, Some(HoldSettings::default())));
    // Until the connection has heard of it a statement may pass.
    loop {
        talker.send(&query("SELECT 2")).await;
        match stand.event().await {
            ProxyEvent::Parked(step) => break assert!(stand.proxy.let_go(step.id)),
            _ => talker.until(b"Z").await,
        }
    }
    let (commit, session) = (stand.parked().await, connection);
    assert_eq!(
        (commit.kind, commit.id.connection),
        (StepKind::Commit, session)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_leaves_in_a_transaction_keeps_its_locks_until_its_end_is_let_go() {
    let (mut stand, mut talker) = held("held_end").await;
    talker
        .send(&query("UPDATE held_end SET v = 0 WHERE id = 1"))
        .await;
    let step = stand.parked().await;
    stand.step(&step).await;
    let commit = stand.parked().await;
    drop(talker);
    while !matches!(stand.event().await, ProxyEvent::Left(_)) {}
    let locked =
        "SELECT count(*) FROM (SELECT FROM held_end WHERE id = 1 FOR UPDATE SKIP LOCKED) AS l";
    assert_eq!(server().shown(locked), "0");
    stand.step(&commit).await;
    assert_eq!(v_of("held_end"), "0");
    while !matches!(stand.event().await, ProxyEvent::Closed(_, None)) {}

    let mut talker = Talker::open(stand.port()).await;
    talker.send(&query("BEGIN")).await;
    let begin = stand.parked().await;
    stand.step(&begin).await;
    talker
        .send(&query("UPDATE held_end SET v = 7 WHERE id = 1"))
        .await;
    let step = stand.parked().await;
    assert!(step.is_in_transaction);
    stand.step(&step).await;
    drop(talker);
    let end = stand.parked().await;
    assert_eq!(
        (end.kind, server().shown(locked)),
        (StepKind::End, "0".into())
    );
    assert!(stand.proxy.let_go(end.id));
    while !matches!(stand.event().await, ProxyEvent::Closed(_, None)) {}
    assert_eq!(v_of("held_end"), "0");
}

/// A program that hears of a cut opens its next connection at once: what that one sends is not to be
/// told before the end of the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_is_told_before_the_client_can_hear_of_it() {
    let (mut stand, _) = held("held_cut").await;
    for is_cut in [true, false].into_iter().cycle().take(12) {
        let mut talker = Talker::open(stand.port()).await;
        talker
            .send(&query("UPDATE held_cut SET v = v + 1 WHERE id = 1"))
            .await;
        let step = stand.parked().await;
        stand.step(&step).await;
        let commit = stand.parked().await;
        assert!(match is_cut {
            true => stand.proxy.cut(commit.id),
            false => stand.proxy.lose_reply(commit.id),
        });
        talker.end().await;
        // What is told already is there.
        let mut told = Vec::new();
        while let Ok(event) = stand.events.try_recv() {
            told.push(event);
        }
        let is_closed = told.iter().any(|it| {
            matches!(it, ProxyEvent::Closed(connection, Some(_)) if *connection == commit.id.connection)
        });
        assert!(is_closed, "{told:?}");
    }
    // Six were carried out.
    assert_eq!(v_of("held_cut"), "16");
}

/// To be analysed a statement waits for the lock of its table. What is cancelled there is
/// not sent again, although nothing was bound.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_simple_query_that_is_cancelled_before_it_is_bound_is_not_tried_again() {
    let (mut stand, mut talker) = held("held_parse").await;
    let mut locker = Talker::open(server().port).await;
    locker.query("BEGIN; LOCK TABLE held_parse").await;
    talker
        .send(&query("UPDATE held_parse SET v = 0 WHERE id = 1"))
        .await;
    let step = stand.parked().await;
    assert!(stand.proxy.let_go(step.id));
    let waits = format!(
        "SELECT {} = ANY (pg_blocking_pids({}))",
        locker.pid(),
        talker.pid()
    );
    while server().shown(&waits) != "t" {}
    server().shown(&format!("SELECT pg_cancel_backend({})", talker.pid()));
    let answer = stand.answer(&step).await;
    assert_eq!(answer.error.expect("an error").sqlstate, "57014");
    talker.until(b"EZ").await;
    locker.query("COMMIT").await;
    assert_eq!(v_of("held_parse"), "10");
}
