//! A Sync that is held: the implicit transaction stays open.

use checkout_sim::database::wire::{TransactionStatus, WireClient, WireFailure};

use super::server::{connect, one, server, tell};

async fn stock_of(client: &mut WireClient, table: &str) -> String {
    one(client, &format!("SELECT stock FROM {table}"), &[])
        .await
        .expect("a number")
}

async fn table(name: &str) -> (WireClient, WireClient) {
    let (mut a, b) = (connect().await, connect().await);
    tell(
        &mut a,
        &[
            &format!("CREATE TABLE {name} (id int PRIMARY KEY, stock int)"),
            &format!("INSERT INTO {name} VALUES (1, 10)"),
        ],
    )
    .await;
    (a, b)
}

/// Waits until the server says that `pid` waits for `for_pid`.
async fn until_it_waits(watcher: &mut WireClient, pid: u32, for_pid: u32) {
    let sql = "SELECT $2::int = ANY (pg_blocking_pids($1::int))";
    let (pid, for_pid) = (pid.to_string(), for_pid.to_string());
    while one(watcher, sql, &[Some(&pid), Some(&for_pid)])
        .await
        .as_deref()
        != Some("t")
    {}
}

#[tokio::test]
async fn what_a_held_statement_did_is_locked_and_unseen_until_the_sync() {
    let (mut a, mut b) = table("held_locks").await;
    let take = "UPDATE held_locks SET stock = stock - $1::int WHERE id = 1";
    // The first time it is prepared on the way, the second time it is kept.
    for left in [9, 7] {
        let done = a.run_held(take, &[Some("1")]).await.expect("done");
        assert_eq!((done.tag(), a.is_held()), ("UPDATE 1", true));
        let before = stock_of(&mut b, "held_locks").await;
        assert_eq!(before, (left + 1).to_string());
        let (pid, for_pid) = (b.cancel_key().pid(), a.cancel_key().pid());
        let waiting = tokio::spawn(async move {
            b.run(take, &[Some("1")]).await.expect("done");
            b
        });
        let mut watcher = connect().await;
        until_it_waits(&mut watcher, pid, for_pid).await;
        assert!(!waiting.is_finished());
        assert_eq!(a.sync().await.expect("committed"), TransactionStatus::Idle);
        b = waiting.await.expect("done");
        assert_eq!(stock_of(&mut a, "held_locks").await, (left - 1).to_string());
    }
    tell(&mut a, &["DROP TABLE held_locks"]).await;
}

#[tokio::test]
async fn a_prepared_statement_is_held_as_well_and_rows_come_before_the_sync() {
    let (mut a, mut b) = table("held_rows").await;
    let sql = "UPDATE held_rows SET stock = stock - 1 RETURNING stock";
    let prepared = a.prepare(sql, &[]).await.expect("prepared");
    let rows = a.execute_held(&prepared, &[]).await.expect("rows");
    assert_eq!(rows.get(0, 0), Some("9"));
    let nowait = "SELECT 1 FROM held_rows FOR UPDATE NOWAIT";
    let locked = b.run(nowait, &[]).await.expect_err("locked");
    assert_eq!(locked.sqlstate(), Some("55P03"));
    a.sync().await.expect("committed");
    tell(&mut b, &[nowait, "DROP TABLE held_rows"]).await;
}

#[tokio::test]
async fn nothing_but_held_statements_comes_before_the_sync() {
    let (mut a, mut b) = table("held_turns").await;
    let none = a.sync().await.expect_err("no Sync is due");
    assert!(matches!(none, WireFailure::Unsupported(_)), "{none}");
    let take = "UPDATE held_turns SET stock = stock - 1";
    a.run_held(take, &[]).await.expect("done");
    let early = a.run("SELECT 1", &[]).await.expect_err("a Sync is due");
    assert!(matches!(early, WireFailure::Unsupported(_)), "{early}");
    // It joins the transaction that is open.
    a.run_held(take, &[]).await.expect("done");
    assert_eq!(stock_of(&mut b, "held_turns").await, "10");
    a.sync().await.expect("committed");
    assert_eq!(stock_of(&mut b, "held_turns").await, "8");
    // A session that ends while it is held has done nothing.
    a.run_held(take, &[]).await.expect("done");
    a.close().await;
    assert_eq!(stock_of(&mut b, "held_turns").await, "8");
    tell(&mut b, &["DROP TABLE held_turns"]).await;
}

#[tokio::test]
async fn a_held_statement_that_fails_gives_up_its_locks_at_once() {
    let (mut a, mut b) = table("held_errors").await;
    a.run_held("UPDATE held_errors SET stock = 1", &[])
        .await
        .expect("done");
    let failure = a.run_held("SELECT 1/0", &[]).await.expect_err("an error");
    assert_eq!(failure.sqlstate(), Some("22012"));
    assert!(!a.is_held());
    assert_eq!(a.status(), TransactionStatus::Idle);
    tell(&mut b, &["SELECT 1 FROM held_errors FOR UPDATE NOWAIT"]).await;
    assert_eq!(stock_of(&mut b, "held_errors").await, "10");
    // Within an explicit transaction it is the transaction that failed.
    tell(&mut a, &["BEGIN"]).await;
    a.run_held("SELECT 1/0", &[]).await.expect_err("an error");
    assert_eq!(a.status(), TransactionStatus::Failed);
    tell(&mut a, &["ROLLBACK", "DROP TABLE held_errors"]).await;
}

#[tokio::test]
async fn an_error_at_the_commit_comes_with_the_sync() {
    let (mut a, mut b) = table("held_commit").await;
    let defer = "ALTER TABLE held_commit ADD CONSTRAINT held_late UNIQUE (stock) \
                 DEFERRABLE INITIALLY DEFERRED";
    tell(&mut a, &[defer]).await;
    a.run_held("INSERT INTO held_commit VALUES (2, 10)", &[])
        .await
        .expect("not yet checked");
    let late = a.sync().await.expect_err("twice");
    assert_eq!(late.sqlstate(), Some("23505"));
    assert_eq!(a.status(), TransactionStatus::Idle);
    assert_eq!(stock_of(&mut b, "held_commit").await, "10");
    tell(&mut a, &["DROP TABLE held_commit"]).await;
}

/// A hidden read takes the snapshot of an implicit transaction, as a step of its own.
#[tokio::test]
async fn a_held_read_takes_the_snapshot_of_what_follows() {
    let (mut a, mut b) = table("held_snapshot").await;
    for (level, is_held_seen) in [("repeatable read", "10"), ("read committed", "9")] {
        tell(&mut b, &["UPDATE held_snapshot SET stock = 10"]).await;
        let set = format!("SET default_transaction_isolation = '{level}'");
        tell(&mut a, &[&set, "SELECT stock FROM held_snapshot"]).await;
        a.run_held("SELECT 1", &[]).await.expect("a snapshot");
        tell(&mut b, &["UPDATE held_snapshot SET stock = 9"]).await;
        let seen = a
            .run_held("SELECT stock FROM held_snapshot", &[])
            .await
            .expect("rows");
        assert_eq!(seen.get(0, 0), Some(is_held_seen), "{level}");
        a.sync().await.expect("committed");
        assert_eq!(stock_of(&mut a, "held_snapshot").await, "9");
    }
    tell(&mut a, &["DROP TABLE held_snapshot"]).await;
}

/// The answer does not depend on the hold, for each class of statement.
#[tokio::test]
async fn a_held_statement_answers_what_it_answers_unheld() {
    let (mut a, _) = table("held_classes").await;
    tell(&mut a, &["CREATE TABLE held_other (a int)"]).await;
    for sql in [
        "SELECT * FROM held_classes",
        "INSERT INTO held_other VALUES (1), (2) RETURNING a",
        "DELETE FROM held_other",
        "MERGE INTO held_other USING held_classes ON a = id WHEN NOT MATCHED THEN INSERT VALUES (id)",
        "CREATE TABLE held_new (a int)",
        "DROP TABLE held_new",
        "CREATE TABLE held_new AS SELECT 1 AS a",
        "TRUNCATE held_new",
        "ANALYZE held_new",
        "VACUUM held_new",
        "DROP TABLE held_new",
        "SET work_mem = '5MB'",
        "SHOW work_mem",
        "EXPLAIN (COSTS OFF) SELECT 1",
        "LISTEN held",
        "NOTIFY held",
        "UNLISTEN *",
        "DO $$BEGIN COMMIT; END$$",
        "BEGIN",
        "SAVEPOINT s",
        "LOCK TABLE held_other",
        "ROLLBACK TO s",
        "DECLARE c CURSOR FOR SELECT 1",
        "FETCH c",
        "COMMIT",
        "",
    ] {
        // Each class begins from the same state, on a connection of its own.
        let rows = a.run_held(sql, &[]).await.expect(sql);
        let is_held = a.is_held();
        assert!(is_held, "{sql}");
        a.sync().await.expect(sql);
        let expected = sql.split(' ').next().unwrap_or_default();
        let is_named = rows.tag().starts_with(expected)
            || ["CREATE TABLE held_new AS SELECT 1 AS a"].contains(&sql);
        assert!(is_named, "{sql}: {}", rows.tag());
    }
    tell(&mut a, &["DROP TABLE held_classes, held_other"]).await;
    assert_eq!(
        server().shown("SELECT count(*) FROM pg_class WHERE relname LIKE 'held\\_new%'"),
        "0"
    );
}
