//! The bytes that a client gets through the proxy, beside those that it gets without.

use checkout_sim::database::wire::WireAddress;
use checkout_sim::explore::worlds::proxy::{HoldSettings, ProxyEvent, StepKind, open_faulty_way};
use checkout_sim::scenario::FaultRates;
use checkout_sim::service::FaultyWay;

use super::cases::{Case, RESET, SETUP, all};
use super::codec::assert_server;
use super::talk::{Stand, Talker, tags};
use crate::wire::server::server;

async fn heard(case: &Case, port: u16) -> Vec<u8> {
    server().shown(RESET);
    let mut talker = Talker::open(port).await;
    for (bytes, until) in &case.turns {
        talker.send(bytes).await;
        match until.is_empty() {
            true => talker.end().await,
            false => talker.until(until).await,
        }
    }
    talker.heard
}

/// Lets each step go as soon as it parks, and notes what it was.
async fn heard_held(case: &Case, holding: HoldSettings) -> (Vec<u8>, Vec<StepKind>) {
    let mut stand = Stand::start(Some(holding)).await;
    let port = stand.port();
    let mut kinds = Vec::new();
    let talking = heard(case, port);
    let mut talking = std::pin::pin!(talking);
    loop {
        tokio::select! {
            heard = &mut talking => return (heard, kinds),
            event = stand.event() => match event {
                ProxyEvent::Parked(step) => {
                    kinds.push(step.kind);
                    stand.proxy.let_go(step.id);
                }
                ProxyEvent::Unsupported(_, reason) => kinds.push(told(case, &reason)),
                _ => {}
            }
        }
    }
}

fn told(case: &Case, reason: &str) -> StepKind {
    panic!("{}: {reason}", case.name)
}

fn assert_same(case: &Case, how: &str, direct: &[u8], through: &[u8]) {
    assert!(
        direct == through,
        "{} {how}: {} {}\n{}\n{}",
        case.name,
        tags(direct),
        tags(through),
        direct.escape_ascii(),
        through.escape_ascii(),
    );
}

/// The rows are put back by a call that blocks its thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_passes_and_what_is_held_comes_byte_for_byte() {
    server().shown(SETUP);
    let mut free = Stand::start(None).await;
    let paused = paused();
    paused.begin(1);
    for case in all() {
        let direct = heard(&case, server().port).await;
        assert_server(&direct);
        assert_same(&case, "passed", &direct, &heard(&case, free.port()).await);
        while free.events.try_recv().is_ok() {}
        assert_same(&case, "paused", &direct, &heard(&case, paused.port()).await);
        let (through, kinds) = heard_held(&case, HoldSettings::default()).await;
        assert_same(&case, "held", &direct, &through);
        assert_eq!(kinds, case.steps, "{}", case.name);
        let with_snapshots = HoldSettings {
            snapshot_steps: true,
            ..HoldSettings::default()
        };
        let (through, kinds) = heard_held(&case, with_snapshots).await;
        assert_same(&case, "held with snapshots", &direct, &through);
        let others = kinds.iter().filter(|kind| **kind != StepKind::Snapshot);
        assert!(others.eq(&case.steps), "{}: {kinds:?}", case.name);
    }
    let counts = paused.end();
    assert!(counts.pauses >= 70, "{counts:?}");
    assert_eq!(counts.pauses, counts.statements);
}

/// A proxy that holds each statement back for a moment, as a load may ask for.
fn paused() -> Box<dyn FaultyWay> {
    let rates = FaultRates {
        pause: 1.0,
        pause_us: 100,
        ..FaultRates::default()
    };
    let server = WireAddress::Tcp("127.0.0.1".into(), server().port);
    open_faulty_way(server, rates, 7).expect("a port")
}
