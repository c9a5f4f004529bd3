//! Sessions side by side: what is one session's own, and what another one makes it hear.

use checkout_sim::database::wire::Outbox;
use checkout_sim::explore::worlds::proxy::HoldSettings;

use super::talk::{Stand, Talker, query};
use crate::wire::server::server;

fn prepare(sql: &str) -> Vec<u8> {
    let mut outbox = Outbox::default();
    outbox.parse("same", sql, &[]);
    outbox.sync();
    outbox.bytes().to_vec()
}

fn execute() -> Vec<u8> {
    let mut outbox = Outbox::default();
    outbox.bind("same", &[]);
    outbox.execute();
    outbox.sync();
    outbox.bytes().to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_its_sessions_own() {
    let mut stand = Stand::start(Some(HoldSettings::default())).await;
    let texts = ["SELECT 'one'", "SELECT 'other'"];
    let mut talkers = [
        Talker::open(stand.port()).await,
        Talker::open(stand.port()).await,
    ];
    for (talker, sql) in talkers.iter_mut().zip(texts) {
        talker.send(&prepare(sql)).await;
        let step = stand.parked().await;
        stand.step(&step).await;
        talker.until(b"Z").await;
    }
    for (talker, sql) in talkers.iter_mut().zip(texts) {
        talker.send(&execute()).await;
        let step = stand.parked().await;
        assert_eq!(step.statements[0].sql.as_deref(), Some(sql));
        stand.step(&step).await;
        let commit = stand.parked().await;
        stand.step(&commit).await;
        talker.until(b"Z").await;
        let word = sql.trim_start_matches("SELECT ").trim_matches('\'');
        let heard = String::from_utf8_lossy(&talker.heard);
        assert!(heard.contains(word), "{heard}");
    }
}

/// A notification comes to a session that does nothing, and to one whose step is parked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_unasked_is_no_answer() {
    let mut stand = Stand::start(Some(HoldSettings::default())).await;
    let mut talker = Talker::open(stand.port()).await;
    talker.send(&query("LISTEN sharing_news")).await;
    for _ in 0..2 {
        let step = stand.parked().await;
        stand.step(&step).await;
    }
    talker.until(b"Z").await;
    server().shown("NOTIFY sharing_news");
    talker.until(b"A").await;
    talker.send(&query("SELECT 1")).await;
    let step = stand.parked().await;
    server().shown("NOTIFY sharing_news");
    talker.until(b"A").await;
    assert!(stand.events.try_recv().is_err(), "the step is parked");
    assert_eq!(stand.step(&step).await.tag.as_deref(), Some("SELECT 1"));
    let commit = stand.parked().await;
    stand.step(&commit).await;
    talker.until(b"Z").await;
    assert_eq!(talker.tags(), "CZAATDCZ");
}
