//! Protocol 3.2: which version is spoken is the server's word, and a key for cancelling has
//! up to 256 bytes.

use checkout_sim::database::wire::Outbox;
use checkout_sim::explore::worlds::proxy::{HoldSettings, Proxy, ProxyEvent, StepKind};

use super::pretender::{PID, Pretender, let_in, opened};
use super::talk::{Stand, Talker, query, settings};
use crate::wire::server::server;

const VERSION_3_2: u32 = 3 << 16 | 2;

/// A first packet.
fn startup(version: u32) -> Vec<u8> {
    let words = b"user\0postgres\0database\0postgres\0\0";
    let length = u32::try_from(words.len() + 8).expect("a short packet");
    [&length.to_be_bytes()[..], &version.to_be_bytes(), words].concat()
}

fn cancel(pid: u32, secret: &[u8]) -> Vec<u8> {
    let mut outbox = Outbox::default();
    outbox.cancel(pid, secret);
    outbox.bytes().to_vec()
}

#[tokio::test]
async fn a_key_of_any_length_passes_and_names_its_session() {
    for length in [4, 5, 32, 255, 256_u16] {
        let secret: Vec<u8> = (0..length).map(|n| n.to_be_bytes()[1]).collect();
        let pretender = Pretender::start().await;
        let held = settings(pretender.port, Some(HoldSettings::default()));
        let (proxy, events) = Proxy::start(held).await.expect("a port");
        let mut stand = Stand { proxy, events };

        let mut talker = Talker::dial(stand.port()).await;
        talker.send(&startup(VERSION_3_2)).await;
        let (mut session, packet) = pretender.accept().await;
        assert_eq!(packet, startup(VERSION_3_2));
        let_in(&mut session, &secret).await;
        talker.until(b"Z").await;
        assert_eq!(talker.heard, opened(&secret), "{length}");
        let ProxyEvent::Opened {
            connection, pid, ..
        } = stand.event().await
        else {
            panic!("the session is open");
        };
        assert_eq!(pid, PID);

        // A key that is the beginning of another one names nothing.
        let shorter = &secret[..secret.len() - 1];
        for (secret, named) in [(&secret[..], Some(connection)), (shorter, None)] {
            let mut canceller = Talker::dial(stand.port()).await;
            canceller.send(&cancel(PID, secret)).await;
            let step = stand.parked().await;
            assert_eq!(step.kind, StepKind::Cancel(named), "{length}");
            assert!(stand.proxy.let_go(step.id));
            assert_eq!(pretender.accept().await.1, cancel(PID, secret));
        }
    }
}

/// On PostgreSQL 18 the key is longer than four bytes; an older server speaks 3.0.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_servers_version_is_spoken_and_its_key_cancels() {
    let version: u32 = server()
        .shown("SHOW server_version_num")
        .parse()
        .expect("a number");
    let (tags, key_bytes) = match version {
        180_000.. => ("R", 32),
        _ => ("vR", 4),
    };
    let mut stand = Stand::start(Some(HoldSettings::default())).await;
    let mut talker = Talker::dial(stand.port()).await;
    talker.send(&startup(VERSION_3_2)).await;
    talker.until(b"Z").await;
    assert!(talker.tags().starts_with(tags), "{}", talker.tags());
    assert_eq!(talker.key.len(), 4 + key_bytes);
    talker.send(&query("SELECT pg_sleep(600)")).await;
    let sleep = stand.parked().await;
    assert!(stand.proxy.let_go(sleep.id));
    let sleeps = format!(
        "SELECT wait_event FROM pg_stat_activity WHERE pid = {}",
        talker.pid()
    );
    while server().shown(&sleeps) != "PgSleep" {}
    let mut canceller = Talker::dial(stand.port()).await;
    canceller
        .send(&cancel(talker.pid(), &talker.key[4..]))
        .await;
    let step = stand.parked().await;
    assert_eq!(step.kind, StepKind::Cancel(Some(sleep.id.connection)));
    assert!(stand.proxy.let_go(step.id));
    talker.until(b"EZ").await;
}
