//! What a session sees within its transaction, and that a look leaves nothing there.

use checkout_sim::database::{Connection, Ground};
use checkout_sim::oracle::changes;
use checkout_sim::shop::Isolation;
use checkout_sim::value::{State, Value};

use super::asked::{one, send, session_at};
use super::dump::{look_into, run};
use super::shop::{ground, playground};

const TABLES: &str = "\
CREATE TABLE item (id integer PRIMARY KEY, stock integer, at timestamptz DEFAULT '2020-01-01 12:00+00', \
raw bytea DEFAULT '\\x01ff', span interval DEFAULT '1 day 2 hours', day date DEFAULT '2020-02-03');
CREATE TABLE other (n integer);
INSERT INTO item VALUES (1, 5), (2, 7);
INSERT INTO other VALUES (1);
";

async fn do_all(session: &mut Connection, statements: &[&str]) {
    for sql in statements {
        let done = send(session, sql).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

async fn seen(ground: &mut Ground, session: &mut Connection) -> Option<State> {
    ground.seen_by(session).await.expect("the server is there")
}

/// Table, and the first two values of what is committed and of what is seen.
fn differs(committed: &State, seen: &State) -> Vec<(String, String, String)> {
    let words = |row: &Option<Vec<Value>>| {
        let row = row.iter().flatten().take(2);
        row.map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    let all = changes(committed, seen).into_iter();
    all.map(|row| (row.table.clone(), words(&row.before), words(&row.after)))
        .collect()
}

fn row(table: &str, committed: &str, sees: &str) -> (String, String, String) {
    (table.into(), committed.into(), sees.into())
}

/// The locks and settings of a session, by what the server tells another one.
async fn keeps(look: &mut Connection, session: &Connection) -> String {
    let pid = session.backend().pid;
    let sql = format!(
        "SELECT string_agg(concat_ws(' ', locktype, relation, mode, granted), ',' \
         ORDER BY locktype, relation, mode) FROM pg_locks \
         WHERE pid = {pid} AND locktype <> 'virtualxid'"
    );
    one(look, &sql).await.to_string()
}

const SETTINGS: [&str; 4] = [
    "SET timezone TO 'Asia/Kolkata'",
    "SET datestyle TO 'German'",
    "SET intervalstyle TO 'iso_8601'",
    "SET bytea_output TO 'escape'",
];

#[tokio::test]
async fn a_session_is_seen_with_its_own_writes_and_keeps_nothing_of_the_look() {
    let (mut playground, _) = playground(&[TABLES]).await;
    let mut ground = ground(&mut playground).await;
    let mut look = session_at(&ground, Isolation::ReadCommitted).await;
    let mut session = session_at(&ground, Isolation::ReadCommitted).await;
    do_all(&mut session, &SETTINGS).await;
    // Where it sees what is committed, nothing is read, or nothing else.
    for before in ["SELECT 1", "BEGIN"] {
        do_all(&mut session, &[before]).await;
        assert_eq!(seen(&mut ground, &mut session).await, None, "{before}");
    }
    do_all(&mut session, &["SELECT stock FROM item WHERE id = 1"]).await;
    let committed = ground.state().await.expect("a state");
    let sees = seen(&mut ground, &mut session).await;
    assert!(sees.is_none_or(|sees| sees == committed));
    do_all(
        &mut session,
        &[
            "UPDATE item SET stock = stock - 1 WHERE id = 1",
            "SAVEPOINT sim_look",
            "INSERT INTO item VALUES (3, 9)",
            "DELETE FROM item WHERE id = 2",
        ],
    )
    .await;
    let committed = ground.state().await.expect("a state");
    let before = keeps(&mut look, &session).await;
    let sees = seen(&mut ground, &mut session).await.expect("a state");
    // Values are written as they are everywhere, whatever the session has set.
    assert_eq!(
        differs(&committed, &sees),
        [
            row("item", "1 5", "1 4"),
            row("item", "2 7", ""),
            row("item", "", "3 9")
        ]
    );
    assert_eq!(keeps(&mut look, &session).await, before, "no lock more");
    let zone = one(&mut session, "SELECT current_setting('timezone')").await;
    assert_eq!(zone.to_string(), "Asia/Kolkata");
    // Its own savepoint of that name is still there.
    do_all(&mut session, &["ROLLBACK TO SAVEPOINT sim_look"]).await;
    let sees = seen(&mut ground, &mut session).await.expect("a state");
    assert_eq!(differs(&committed, &sees), [row("item", "1 5", "1 4")]);

    // Of a table that may not be read nothing is seen, and the transaction goes on.
    do_all(&mut session, &["REVOKE ALL ON other FROM CURRENT_USER"]).await;
    assert_eq!(seen(&mut ground, &mut session).await, None);
    do_all(&mut session, &["GRANT ALL ON other TO CURRENT_USER"]).await;
    assert!(seen(&mut ground, &mut session).await.is_some());

    let failed = send(&mut session, "SELECT 1 / 0").await;
    failed.expect_err("no division by zero");
    assert_eq!(seen(&mut ground, &mut session).await, None, "it has failed");
    do_all(&mut session, &["ROLLBACK"]).await;
    assert_eq!(seen(&mut ground, &mut session).await, None);
}

/// To look must not take the snapshot that a later statement takes.
#[tokio::test]
async fn an_old_snapshot_is_seen_and_none_is_taken() {
    let (mut playground, _) = playground(&[TABLES]).await;
    let mut ground = ground(&mut playground).await;
    let mut writer = session_at(&ground, Isolation::ReadCommitted).await;
    let mut session = session_at(&ground, Isolation::RepeatableRead).await;
    do_all(&mut session, &["BEGIN"]).await;
    assert_eq!(seen(&mut ground, &mut session).await, None);
    do_all(&mut writer, &["UPDATE item SET stock = 4 WHERE id = 1"]).await;
    let stock = "SELECT stock FROM item WHERE id = 1";
    assert_eq!(one(&mut session, stock).await.to_string(), "4");
    do_all(&mut writer, &["UPDATE item SET stock = 3 WHERE id = 1"]).await;
    let committed = ground.state().await.expect("a state");
    let sees = seen(&mut ground, &mut session).await.expect("a state");
    assert_eq!(differs(&committed, &sees), [row("item", "1 3", "1 4")]);
}

/// `track_activities` tells no start of a statement, as a session tells none whose first one
/// came while the server was asked.
#[tokio::test]
async fn a_session_that_waits_is_seen_whatever_it_tells_of_its_statement() {
    let (mut playground, name) = playground(&[TABLES]).await;
    let mut ground = ground(&mut playground).await;
    let database = format!("{name}_1");
    let mut holder = look_into(&database).await;
    let take = "UPDATE item SET stock = stock - 1 WHERE id = 1";
    run(&mut holder, &format!("BEGIN; {take}")).await;
    let (mut waiting, mut sessions) = (Vec::new(), Vec::new());
    for tells in [true, false] {
        let mut session = look_into(&database).await;
        run(&mut session, &format!("SET track_activities TO {tells}")).await;
        let pid = sqlx::query_scalar("SELECT pg_backend_pid()");
        let pid: i32 = pid.fetch_one(&mut session).await.expect("a number");
        waiting.push((pid, tells));
        sessions.push(tokio::spawn(async move { run(&mut session, take).await }));
    }
    loop {
        let seen = ground.waiting_for_locks().await.expect("an answer");
        let mut seen: Vec<(i32, bool)> =
            seen.iter().map(|(pid, since)| (*pid, *since > 0)).collect();
        assert!(seen.iter().all(|session| waiting.contains(session)));
        seen.sort_unstable_by_key(|(_, tells)| !tells);
        if seen == waiting {
            break;
        }
    }
    run(&mut holder, "COMMIT").await;
    for session in sessions {
        session.await.expect("it went on");
    }
    assert_eq!(ground.waiting_for_locks().await.expect("an answer"), []);
}
