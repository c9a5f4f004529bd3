//! Sessions of the server that outlive their clients: the next client gets one that is as new, or
//! none.

use checkout_sim::database::wire::{Outbox, WireAddress};
use checkout_sim::explore::worlds::proxy::{
    HoldSettings, KeepSettings, Proxy, ProxyEvent, ProxySettings,
};

use super::talk::{Stand, Talker, frame, query, settings};
use crate::common;
use crate::wire::server::server;

/// Each step goes at once.
const AUTOMATIC: HoldSettings = HoldSettings {
    snapshot_steps: false,
    is_automatic: true,
    held_bytes_max: 1 << 20,
};

/// What a client may leave behind, but for a transaction.
const LEFT: &str = "
SET search_path TO nowhere; SET application_name TO 'mine'; SET ROLE pg_monitor;
CREATE TEMPORARY TABLE mine (id int);
CREATE TEMPORARY SEQUENCE numbers; SELECT nextval('numbers');
PREPARE mine AS SELECT 1;
SELECT pg_advisory_lock(4711);
LISTEN mine;
DECLARE mine CURSOR WITH HOLD FOR SELECT 1
";

/// All of that, as the server knows it.
const SEEN: &str = "
SELECT current_setting('search_path'), current_setting('application_name'), current_user,
    to_regclass('pg_temp.mine') IS NULL, (SELECT count(*) FROM pg_prepared_statements),
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
    (SELECT count(*) FROM pg_listening_channels()), (SELECT count(*) FROM pg_cursors WHERE name <> '')
";

/// A proxy whose sessions stay for those that know this.
async fn stand(kept_for: Option<&str>) -> Stand {
    let keeps = kept_for.map(|password| KeepSettings {
        role: "postgres".into(),
        password: password.into(),
        socket: None,
    });
    stand_that(keeps).await
}

async fn stand_that(keeps: Option<KeepSettings>) -> Stand {
    let settings = ProxySettings {
        keeps,
        ..settings(server().port, Some(AUTOMATIC))
    };
    let (proxy, events) = Proxy::start(settings).await.expect("a port");
    Stand { proxy, events }
}

/// Before a socket on which all are let in, for a role.
async fn stand_by_the_socket(role: &str) -> Stand {
    let cluster = common::cluster();
    let socket = WireAddress::Unix(cluster.socket_dir().to_owned(), cluster.port());
    stand_that(Some(KeepSettings {
        role: role.into(),
        password: "secret".into(),
        socket: Some(socket),
    }))
    .await
}

/// What a client sends first, for a database.
async fn begin(port: u16, database: &str) -> Talker {
    let mut talker = Talker::dial(port).await;
    let mut outbox = Outbox::default();
    outbox.startup([("user", "postgres"), ("database", database)]);
    talker.send(outbox.bytes()).await;
    talker
}

/// Opens a session; says the password where it is asked for.
async fn open(port: u16, database: &str, password: &str) -> Talker {
    let mut talker = begin(port, database).await;
    while let Some(tag) = talker.message().await {
        let is_asked = talker.heard == frame(b'R', &3_u32.to_be_bytes());
        if is_asked {
            talker.heard.clear();
            let mut outbox = Outbox::default();
            outbox.password(password);
            talker.send(outbox.bytes()).await;
        }
        if tag == b'Z' {
            break;
        }
    }
    talker
}

/// The client says that it leaves, and the proxy that it has left.
async fn leave(stand: &mut Stand, mut talker: Talker, says: &[u8]) {
    talker.send(says).await;
    drop(talker);
    while !matches!(stand.event().await, ProxyEvent::Closed(..)) {}
    // The session is kept behind that word.
    tokio::task::yield_now().await;
}

async fn seen(talker: &mut Talker) -> Vec<u8> {
    talker.heard.clear();
    talker.query(SEEN).await;
    talker.heard.clone()
}

const GOODBYE: &[u8] = b"X\0\0\0\x04";

#[tokio::test]
async fn the_next_client_gets_the_session_as_new_and_hears_what_a_new_one_hears() {
    let mut stand = stand(Some("secret")).await;
    let port = stand.port();
    let mut first = open(port, "postgres", "").await;
    let (greeting, key) = (first.heard.clone(), first.key.clone());
    let as_new = seen(&mut first).await;
    first.query(LEFT).await;
    assert!(!first.tags().contains('E'), "{}", first.tags());
    let left = seen(&mut first).await;
    assert_ne!(as_new, left);
    leave(&mut stand, first, GOODBYE).await;

    let mut second = open(port, "postgres", "secret").await;
    assert_eq!(second.key, key, "the same session");
    assert_eq!(second.heard, greeting);
    assert_eq!(seen(&mut second).await, as_new);
    // Side by side there are two.
    let third = open(port, "postgres", "secret").await;
    assert_ne!(third.key, key);
}

#[tokio::test]
async fn a_session_stays_only_for_one_that_asks_for_the_same_and_knows_the_password() {
    let mut stand = stand(Some("secret")).await;
    let port = stand.port();
    let first = open(port, "postgres", "").await;
    let pid = first.pid();
    leave(&mut stand, first, GOODBYE).await;

    let mut wrong = begin(port, "postgres").await;
    wrong.until(b"R").await;
    wrong.send(&frame(b'p', b"guessed\0")).await;
    wrong.end().await;
    let heard = String::from_utf8_lossy(&wrong.heard);
    assert!(heard.contains("28P01"), "{heard}");

    let other = open(port, "template1", "secret").await;
    assert_ne!(other.pid(), pid, "another database");
    let right = open(port, "postgres", "secret").await;
    assert_eq!(right.pid(), pid);
}

/// What the server has ended meanwhile is no session any more.
#[tokio::test]
async fn a_session_that_has_ended_meanwhile_goes_to_none() {
    let mut stand = stand(Some("")).await;
    let port = stand.port();
    let first = open(port, "postgres", "").await;
    let pid = first.pid();
    leave(&mut stand, first, GOODBYE).await;
    let mut other = Talker::open(server().port).await;
    let end = format!("SELECT pg_terminate_backend({pid}, 10000)");
    other.query(&end).await;
    let mut next = open(port, "postgres", "").await;
    assert_ne!(next.pid(), pid);
    next.heard.clear();
    next.query("SELECT 1").await;
    assert_eq!(next.tags(), "TDCZ");
}

/// A program may come in as several roles: the password is of one of them.
#[tokio::test]
async fn a_client_of_another_role_is_asked_by_the_server_alone() {
    let mut stand = stand_by_the_socket("buyer").await;
    let port = stand.port();
    let first = open(port, "postgres", "guessed").await;
    let pid = first.pid();
    leave(&mut stand, first, GOODBYE).await;
    assert_ne!(open(port, "postgres", "guessed").await.pid(), pid);
}

/// So many kinds of sessions as a program likes to open leave no more behind than a few.
#[tokio::test]
async fn few_sessions_stay_however_many_kinds_there_are() {
    let mut stand = stand(Some("")).await;
    let port = stand.port();
    let mut pids = Vec::new();
    for number in 0..12 {
        let mut talker = Talker::dial(port).await;
        let mut outbox = Outbox::default();
        let name = format!("kind {number}");
        outbox.startup([
            ("user", "postgres"),
            ("database", "postgres"),
            ("application_name", &name),
        ]);
        talker.send(outbox.bytes()).await;
        talker.until(b"Z").await;
        pids.push(talker.pid().to_string());
        leave(&mut stand, talker, GOODBYE).await;
    }
    let listed = format!(
        "SELECT count(*)::text FROM pg_stat_activity WHERE pid IN ({})",
        pids.join(", ")
    );
    let mut count = server().shown(&listed);
    while count != "8" {
        assert!(
            matches!(count.as_str(), "9" | "10" | "11" | "12"),
            "{count}"
        );
        count = server().shown(&listed);
    }
}

/// A driver may be told to show no password in clear.
#[tokio::test]
async fn where_a_client_leaves_instead_of_showing_its_password_none_is_asked_again() {
    let mut stand = stand(Some("secret")).await;
    let port = stand.port();
    let first = open(port, "postgres", "").await;
    let pid = first.pid();
    leave(&mut stand, first, GOODBYE).await;
    let mut refuses = begin(port, "postgres").await;
    refuses.until(b"R").await;
    leave(&mut stand, refuses, b"").await;
    for _ in 0..2 {
        // The wrong password would not do.
        let next = open(port, "postgres", "guessed").await;
        assert_ne!(next.pid(), pid);
        leave(&mut stand, next, GOODBYE).await;
    }
}

/// Where the server asks nothing, the proxy does, of each client: so no other one comes in.
#[tokio::test]
async fn before_a_socket_on_which_all_are_let_in_each_client_is_asked() {
    const BY_THE_SOCKET: &str = "SELECT inet_client_addr() IS NULL";
    let mut stand = stand_by_the_socket("postgres").await;
    let port = stand.port();
    let mut wrong = begin(port, "postgres").await;
    wrong.until(b"R").await;
    wrong.send(&frame(b'p', b"\0")).await;
    wrong.end().await;
    let heard = String::from_utf8_lossy(&wrong.heard);
    assert!(heard.contains("28P01"), "{heard}");

    let mut right = open(port, "postgres", "secret").await;
    right.heard.clear();
    right.query(BY_THE_SOCKET).await;
    assert!(right.heard.windows(5).any(|bytes| bytes == b"\0\0\0\x01t"));
    // One that shows no password goes the other way, where the server itself asks.
    let mut refuses = begin(port, "postgres").await;
    refuses.until(b"R").await;
    leave(&mut stand, refuses, b"").await;
    let mut next = open(port, "postgres", "guessed").await;
    next.heard.clear();
    next.query(BY_THE_SOCKET).await;
    assert!(next.heard.windows(5).any(|bytes| bytes == b"\0\0\0\x01f"));
}

#[tokio::test]
async fn what_is_open_or_under_way_ends_with_its_session() {
    let mut stand = stand(Some("")).await;
    let port = stand.port();
    let bound: Vec<u8> = {
        let mut outbox = Outbox::default();
        outbox.parse("", "SELECT 1", &[]);
        outbox.bind("", &[]);
        outbox.execute();
        outbox.flush();
        outbox.bytes().to_vec()
    };
    for (name, begun, answer) in [
        ("a transaction", query("BEGIN"), &b"Z"[..]),
        ("a failed one", query("BEGIN; SELECT 1 / 0"), b"Z"),
        ("an implicit one", bound, b"12DC"),
    ] {
        let mut talker = open(port, "postgres", "").await;
        let pid = talker.pid();
        talker.send(&begun).await;
        talker.until(answer).await;
        leave(&mut stand, talker, GOODBYE).await;
        let next = open(port, "postgres", "").await;
        assert_ne!(next.pid(), pid, "{name}");
        leave(&mut stand, next, b"").await;
    }
}

#[tokio::test]
async fn without_a_word_each_client_has_a_session_of_its_own() {
    let mut stand = stand(None).await;
    let port = stand.port();
    let first = open(port, "postgres", "").await;
    let pid = first.pid();
    leave(&mut stand, first, GOODBYE).await;
    assert_ne!(open(port, "postgres", "").await.pid(), pid);
}
