//! Faults that are drawn under load: what the server has afterwards, and what the client hears.

use checkout_sim::database::wire::{Outbox, WireAddress};
use checkout_sim::explore::worlds::proxy::open_faulty_way;
use checkout_sim::scenario::{FaultCounts, FaultRates};
use checkout_sim::service::FaultyWay;

use super::talk::{Talker, query};
use crate::wire::server::server;

fn way(rates: FaultRates) -> Box<dyn FaultyWay> {
    let server = WireAddress::Tcp("127.0.0.1".into(), server().port);
    open_faulty_way(server, rates, 7).expect("a port")
}

fn extended(name: &str, sql: &str) -> Vec<u8> {
    let mut out = Outbox::default();
    out.parse(name, sql, &[]);
    out.bind(name, &[]);
    out.execute();
    out.sync();
    out.bytes().to_vec()
}

/// A way to write a row: its name, the messages that are answered, and the one that commits it.
type Way = (&'static str, Vec<Vec<u8>>, Vec<u8>);

fn ways(table: &str) -> [Way; 6] {
    let insert = format!("INSERT INTO {table} VALUES (1)");
    let block = vec![query("BEGIN"), query(&insert)];
    let pipeline = {
        let mut out = Outbox::default();
        for sql in ["BEGIN", &insert, "COMMIT"] {
            out.parse("", sql, &[]);
            out.bind("", &[]);
            out.execute();
        }
        out.sync();
        out.bytes().to_vec()
    };
    [
        ("COMMIT", block.clone(), query("COMMIT")),
        ("END, prepared", block, extended("", "END")),
        (
            "a write",
            vec![],
            query(&format!("/* no block */ {insert}")),
        ),
        ("a prepared write", vec![], extended("", &insert)),
        ("a named write", vec![], extended("w", &insert)),
        ("a pipeline", vec![], pipeline),
    ]
}

/// What there is when each way was gone with these faults, and what was put in.
async fn go(table: &str, rates: FaultRates) -> (Vec<String>, FaultCounts) {
    server().shown(&format!("CREATE TABLE {table} (n int)"));
    let way = way(rates);
    // What comes before the run has no fault.
    let mut before = Talker::open(way.port()).await;
    before
        .query(&format!("INSERT INTO {table} VALUES (0)"))
        .await;
    way.begin(1);
    let mut left = Vec::new();
    for (name, answered, last) in ways(table) {
        server().shown(&format!("TRUNCATE {table}"));
        let mut talker = Talker::open(way.port()).await;
        for message in answered {
            talker.send(&message).await;
            talker.until(b"Z").await;
        }
        talker.heard.clear();
        talker.send(&last).await;
        talker.end().await;
        assert_eq!(talker.tags(), "", "{name}: the client hears nothing");
        let rows = server().shown(&format!("SELECT count(*) FROM {table}"));
        left.push(format!("{name}: {rows}"));
    }
    let counts = way.end();
    before
        .query(&format!("INSERT INTO {table} VALUES (0)"))
        .await;
    (left, counts)
}

const NONE: FaultRates = FaultRates {
    cut: 0.0,
    lose_request: 0.0,
    lose_reply: 0.0,
    pause: 0.0,
    pause_us: 0,
};

fn each_left(rows: u32) -> Vec<String> {
    let all = ways("");
    all.iter()
        .map(|(name, ..)| format!("{name}: {rows}"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_reply_is_lost_is_carried_out() {
    let rates = FaultRates {
        lose_reply: 1.0,
        ..NONE
    };
    let (left, counts) = go("lost_replies", rates).await;
    assert_eq!(left, each_left(1));
    let expected = FaultCounts {
        statements: 12,
        commits: 6,
        lost_replies: 6,
        ..FaultCounts::default()
    };
    assert_eq!(counts, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_lost_before_the_server_leaves_nothing() {
    let rates = FaultRates {
        lose_request: 1.0,
        ..NONE
    };
    let (left, counts) = go("lost_requests", rates).await;
    assert_eq!(left, each_left(0));
    assert_eq!((counts.commits, counts.lost_requests), (6, 6));
    assert_eq!(counts.connections_cut(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_is_cut_before_it_reaches_the_server() {
    let way = way(FaultRates { cut: 1.0, ..NONE });
    way.begin(1);
    for message in [query("SELECT 1"), extended("", "SELECT 1")] {
        let mut talker = Talker::open(way.port()).await;
        talker.send(&message).await;
        talker.end().await;
        assert_eq!(talker.tags(), "");
    }
    let counts = way.end();
    assert_eq!((counts.statements, counts.cut, counts.commits), (2, 2, 0));
    // Nothing is left of it when it is dropped.
    let port = way.port();
    let mut open = Talker::open(port).await;
    drop(way);
    assert_eq!(open.message().await, None);
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}
