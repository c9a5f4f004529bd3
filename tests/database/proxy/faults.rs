//! Clients and servers that die, and a client that never reads.

use std::time::Duration;

use checkout_sim::database::wire::{Outbox, WireAddress};
use checkout_sim::explore::worlds::proxy::{
    HoldSettings, Proxy, ProxyEvent, ProxySettings, StepKind,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::pretender::{Pretender, let_in};
use super::talk::{Stand, Talker, query, settings};
use crate::wire::server::server;

/// Waits until the server process is gone.
async fn until_gone(pid: u32) {
    let sql = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}");
    while server().shown(&sql) != "0" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_dies_takes_its_session_with_it() {
    let mut stand = Stand::start(None).await;
    let mut talker = Talker::open(stand.port()).await;
    talker.query("BEGIN").await;
    let pid = talker.pid();
    drop(talker);
    until_gone(pid).await;
    while !matches!(stand.event().await, ProxyEvent::Closed(_, None)) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_never_reads_fills_no_memory_and_its_session_ends() {
    let stand = Stand::start(None).await;
    let mut talker = Talker::open(stand.port()).await;
    let pid = talker.pid();
    // Four gigabytes, if all of it were taken; the other tests of this process take some too.
    talker
        .send(&query(
            "SELECT repeat('x', 1000000) FROM generate_series(1, 4000)",
        ))
        .await;
    let blocked = format!("SELECT wait_event FROM pg_stat_activity WHERE pid = {pid}");
    while server().shown(&blocked) != "ClientWrite" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let status = std::fs::read_to_string("/proc/self/status").expect("a process");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .expect("its size");
    let kilobytes: u64 = line
        .split_whitespace()
        .nth(1)
        .expect("a number")
        .parse()
        .expect("one");
    assert!(kilobytes < 2_000_000, "{line}");
    drop(talker);
    until_gone(pid).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_the_server_ends_ends_with_its_last_word() {
    let mut stand = Stand::start(None).await;
    let mut talker = Talker::open(stand.port()).await;
    talker
        .send(&query("SELECT pg_terminate_backend(pg_backend_pid())"))
        .await;
    talker.end().await;
    assert!(talker.tags().ends_with('E'), "{}", talker.tags());
    let reason = loop {
        if let ProxyEvent::Closed(_, reason) = stand.event().await {
            break reason;
        }
    };
    assert_eq!(reason.as_deref(), Some("the server closed the connection"));
}

/// Before a step that is parked, and in the middle of one.
#[tokio::test]
async fn a_server_that_dies_without_a_word_ends_its_session() {
    for is_under_way in [false, true] {
        let pretender = Pretender::start().await;
        let held = settings(pretender.port, Some(HoldSettings::default()));
        let (proxy, events) = Proxy::start(held).await.expect("a port");
        let mut stand = Stand { proxy, events };
        let mut talker = Talker::dial(stand.port()).await;
        let mut outbox = Outbox::default();
        outbox.startup([("user", "postgres")]);
        talker.send(outbox.bytes()).await;
        let (mut session, _) = pretender.accept().await;
        let_in(&mut session, b"four").await;
        talker.until(b"Z").await;
        talker.send(&query("SELECT 1")).await;
        let step = stand.parked().await;
        if is_under_way {
            assert!(stand.proxy.let_go(step.id));
            let mut sent = [0; 5];
            session.read_exact(&mut sent).await.expect("a statement");
        }
        drop(session);
        let reason = loop {
            if let ProxyEvent::Closed(_, reason) = stand.event().await {
                break reason.expect("not the client's end");
            }
        };
        assert!(
            reason.starts_with("the server closed the connection"),
            "{reason}"
        );
        talker.end().await;
        assert!(!stand.proxy.let_go(step.id), "it is over");
    }
}

#[tokio::test]
async fn where_no_server_is_the_client_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let server = WireAddress::Tcp("127.0.0.1".into(), port);
    let settings = ProxySettings {
        server,
        port: 0,
        holding: None,
        keeps: None,
    };
    let (proxy, _events) = Proxy::start(settings).await.expect("a port");
    let mut outbox = Outbox::default();
    outbox.startup([("user", "postgres")]);
    let mut talker = Talker::dial(proxy.address().port()).await;
    talker.send(outbox.bytes()).await;
    talker.end().await;
    let heard = String::from_utf8_lossy(&talker.heard);
    assert!(
        heard.contains("08006") && heard.contains("cannot be reached"),
        "{heard}"
    );
}

/// What a client asks before it begins a session is answered as by a server without TLS;
/// TLS that begins without asking is told.
#[tokio::test]
async fn encryption_is_refused_and_a_session_may_follow() {
    let mut stand = Stand::start(None).await;
    let mut stream = TcpStream::connect(stand.proxy.address())
        .await
        .expect("a connection");
    let mut asked = Outbox::default();
    asked.ssl_request();
    for request in [asked.bytes(), b"\0\0\0\x08\x04\xd2\x16\x30"] {
        stream.write_all(request).await.expect("sent");
        assert_eq!(stream.read_u8().await.expect("an answer"), b'N');
    }
    // Protocol 3.2, which this server may not speak: it says so itself.
    let newer = b"\0\0\0\x26\0\x03\0\x02user\0postgres\0database\0postgres\0\0";
    let mut packet = newer.to_vec();
    packet[3] = u8::try_from(packet.len()).expect("a short packet");
    stream.write_all(&packet).await.expect("sent");
    let mut first = [0];
    stream.read_exact(&mut first).await.expect("an answer");
    assert!(matches!(first[0], b'v' | b'R'), "{first:?}");
    let mut direct = TcpStream::connect(stand.proxy.address())
        .await
        .expect("a connection");
    direct
        .write_all(&[0x16, 3, 1, 2, 0, 1, 0, 1])
        .await
        .expect("sent");
    assert_eq!(direct.read(&mut first).await.expect("the end"), 0);
    let reason = loop {
        if let ProxyEvent::Unsupported(_, reason) = stand.event().await {
            break reason;
        }
    };
    assert!(reason.contains("TLS without asking"), "{reason}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_is_dropped_ends_its_sessions() {
    let stand = Stand::start(None).await;
    let mut talker = Talker::open(stand.port()).await;
    let pid = talker.pid();
    drop(stand);
    talker.end().await;
    until_gone(pid).await;
}

/// All at once, each with a transaction of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_sessions_are_held_side_by_side() {
    const SESSIONS: usize = 200;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let number = port.to_string();
    let cluster = crate::postgres::start(&[
        ("listen_addresses", "127.0.0.1"),
        ("port", &number),
        ("max_connections", "220"),
    ]);
    let holding = Some(HoldSettings::default());
    let settings = ProxySettings {
        server: WireAddress::Unix(cluster.socket_dir().to_owned(), port),
        port: 0,
        holding,
        keeps: None,
    };
    let (proxy, events) = Proxy::start(settings).await.expect("a port");
    let mut stand = Stand { proxy, events };
    let mut talkers = Vec::new();
    for _ in 0..SESSIONS {
        let mut talker = Talker::open(stand.port()).await;
        talker.send(&query("SELECT 1")).await;
        talkers.push(talker);
    }
    let mut parked = Vec::new();
    while parked.len() < SESSIONS {
        parked.push(stand.parked().await.id);
    }
    for id in parked {
        assert!(stand.proxy.let_go(id));
    }
    for _ in 0..SESSIONS {
        let commit = stand.parked().await;
        assert_eq!(commit.kind, StepKind::Commit);
        assert!(stand.proxy.let_go(commit.id));
    }
    for mut talker in talkers {
        talker.until(b"Z").await;
        assert_eq!(talker.tags(), "TDCZ");
    }
}
