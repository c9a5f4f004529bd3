//! Statements that fail, sessions that end, calls that are given up.

use std::time::Duration;

use checkout_sim::database::wire::{
    ServerMessage, Severity, TransactionStatus, WireClient, WireFailure,
};
use tokio::time::timeout;

use super::server::{connect, one, server, tell};

async fn refused(client: &mut WireClient, sql: &str) -> ServerMessage {
    match client.run(sql, &[]).await.expect_err(sql) {
        WireFailure::Refused(message) => *message,
        other => panic!("{sql}: {other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_says_what_the_server_said() {
    let mut client = connect().await;
    let create = "CREATE TEMP TABLE refusing (id int PRIMARY KEY, \
                  other int CONSTRAINT later UNIQUE DEFERRABLE INITIALLY DEFERRED)";
    tell(&mut client, &[create, "INSERT INTO refusing VALUES (1, 1)"]).await;
    let twice = refused(&mut client, "INSERT INTO refusing VALUES (1, 2)").await;
    assert_eq!(twice.severity, Severity::Error);
    assert_eq!(twice.sqlstate, "23505");
    assert_eq!(twice.constraint.as_deref(), Some("refusing_pkey"));
    assert_eq!(
        twice.detail.as_deref(),
        Some("Key (id)=(1) already exists.")
    );
    assert!(twice.to_string().ends_with("(SQLSTATE 23505)"));
    let typo = refused(&mut client, "SELECT é, typo FROM refusing").await;
    assert_eq!((typo.sqlstate.as_str(), typo.position), ("42703", Some(8)));
    let hint = refused(&mut client, "SELECT idd FROM refusing").await;
    assert!(hint.hint.is_some_and(|hint| hint.contains("refusing.id")));
    let within = refused(&mut client, "DO $$BEGIN RAISE SQLSTATE 'AB123'; END$$").await;
    assert_eq!(within.sqlstate, "AB123");
    assert!(
        within
            .context
            .is_some_and(|context| context.contains("RAISE"))
    );
    // It fails at the commit, which comes after the command is done.
    let late = refused(&mut client, "INSERT INTO refusing VALUES (2, 1)").await;
    assert_eq!(late.constraint.as_deref(), Some("later"));
    assert_eq!(client.status(), TransactionStatus::Idle);
    assert_eq!(
        one(&mut client, "SELECT count(*) FROM refusing", &[])
            .await
            .as_deref(),
        Some("1")
    );
    let few = client.run("SELECT $1::int, $2::int", &[Some("1")]).await;
    assert_eq!(few.expect_err("one too few").sqlstate(), Some("08P01"));
    assert_eq!(
        refused(&mut client, "SELECT 1; SELECT 2").await.sqlstate,
        "42601"
    );
    assert_eq!(
        one(&mut client, "SELECT 1", &[]).await.as_deref(),
        Some("1")
    );
}

#[tokio::test]
async fn notices_are_kept_up_to_a_bound() {
    let mut client = connect().await;
    let raise = "DO $$BEGIN FOR i IN 1..100 LOOP RAISE NOTICE 'no %', i; END LOOP; END$$";
    tell(&mut client, &[raise, "SELECT 1"]).await;
    let notices = client.take_notices();
    assert_eq!(notices.len(), 64);
    assert_eq!(notices[63].message, "no 100");
    assert_eq!(notices[63].severity, Severity::Notice);
    assert!(client.take_notices().is_empty());
}

#[tokio::test]
async fn copy_is_refused_and_nothing_hangs() {
    let mut client = connect().await;
    tell(
        &mut client,
        &[
            "CREATE TEMP TABLE copied (a int)",
            "INSERT INTO copied VALUES (1)",
        ],
    )
    .await;
    for sql in ["COPY copied FROM STDIN", "COPY copied TO STDOUT"] {
        for is_held in [false, true] {
            let copy = async {
                match is_held {
                    true => client.run_held(sql, &[]).await,
                    false => client.run(sql, &[]).await,
                }
            };
            let copy = timeout(Duration::from_secs(60), copy)
                .await
                .expect("an answer");
            let failure = copy.expect_err(sql);
            assert!(matches!(failure, WireFailure::Unsupported(_)), "{failure}");
            // COPY TO is carried out: there is something to commit.
            assert_eq!(client.is_held(), is_held && sql.ends_with("STDOUT"));
            if client.is_held() {
                client.sync().await.expect("committed");
            }
            let count = one(&mut client, "SELECT count(*) FROM copied", &[]).await;
            assert_eq!(count.as_deref(), Some("1"));
        }
    }
}

#[tokio::test]
async fn a_session_that_the_server_ends_is_lost_with_its_last_word() {
    for is_idle in [true, false] {
        let mut client = connect().await;
        let pid = client.cancel_key().pid();
        let end = format!("SELECT pg_terminate_backend({pid}, 60000)");
        if is_idle {
            server().shown(&end);
        } else {
            // The server ends it while its own statement is under way.
            let own = format!("SELECT pg_terminate_backend({pid}), pg_sleep(60)");
            let failure = client.run(&own, &[]).await.expect_err("ended");
            assert_eq!(failure.sqlstate(), Some("57P01"));
        }
        for _ in 0..2 {
            match client.run("SELECT 1", &[]).await {
                Err(WireFailure::Lost {
                    last_word: Some(word),
                    ..
                }) => {
                    assert_eq!(
                        (word.severity, word.sqlstate.as_str()),
                        (Severity::Fatal, "57P01")
                    );
                }
                other => panic!("{other:?}"),
            }
        }
        client.close().await;
    }
}

#[tokio::test]
async fn a_statement_is_cancelled_over_another_connection() {
    let mut client = connect().await;
    let key = client.cancel_key().clone();
    let pid = key.pid();
    let cancel = tokio::spawn(async move {
        let mut other = connect().await;
        let sleeps =
            "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'";
        let pid = pid.to_string();
        while one(&mut other, sleeps, &[Some(&pid)]).await.as_deref() != Some("1") {}
        key.cancel().await.expect("asked");
    });
    let failure = client
        .run("SELECT pg_sleep(600)", &[])
        .await
        .expect_err("cancelled");
    assert_eq!(failure.sqlstate(), Some("57014"));
    cancel.await.expect("cancelled");
    assert_eq!(
        one(&mut client, "SELECT 1", &[]).await.as_deref(),
        Some("1")
    );
}

#[tokio::test]
async fn a_connection_whose_call_was_dropped_is_never_used_again() {
    let mut client = connect().await;
    let long = client.run("SELECT 'late' FROM pg_sleep(0.2)", &[]);
    timeout(Duration::from_millis(10), long)
        .await
        .expect_err("dropped");
    for _ in 0..2 {
        let failure = client.run("SELECT 1", &[]).await.expect_err("no answer");
        assert!(matches!(failure, WireFailure::Lost { .. }), "{failure}");
    }
    let failure = client.sync().await.expect_err("no answer");
    assert!(matches!(failure, WireFailure::Lost { .. }), "{failure}");
    // A future that was never begun changes nothing.
    let mut client = connect().await;
    drop(client.run("SELECT 1", &[]));
    assert_eq!(
        one(&mut client, "SELECT 2", &[]).await.as_deref(),
        Some("2")
    );
}

/// A database without an encoding holds any bytes; the server gives out none that are
/// not UTF-8.
#[tokio::test]
async fn bytes_that_are_no_text_are_refused_by_the_server() {
    let mut options = server().options("postgres");
    options.database = "ascii".into();
    let mut client = WireClient::connect(&options).await.expect("a connection");
    let bytes = refused(&mut client, "SELECT convert_from('\\xff', 'SQL_ASCII')").await;
    assert_eq!(bytes.sqlstate, "22021");
    let text = one(&mut client, "SELECT 'é'", &[]).await;
    assert_eq!(text.as_deref(), Some("é"));
    let zero = client.run("SELECT $1", &[Some("a\0b")]).await;
    assert_eq!(zero.expect_err("a zero").sqlstate(), Some("22021"));
}
