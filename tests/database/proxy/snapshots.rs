//! The snapshot of a statement outside a transaction, as a step of its own.

use checkout_sim::database::wire::Outbox;
use checkout_sim::explore::worlds::proxy::{HoldSettings, StepKind};

use super::talk::{Stand, Talker, query};
use crate::wire::server::server;

const WITH_SNAPSHOTS: HoldSettings = HoldSettings {
    snapshot_steps: true,
    is_automatic: false,
    held_bytes_max: 1 << 20,
};

/// A statement that is prepared once and bound again, and a simple one.
fn reads() -> [Vec<u8>; 2] {
    let mut outbox = Outbox::default();
    outbox.bind("reads", &[]);
    outbox.execute();
    outbox.sync();
    [outbox.bytes().to_vec(), query("SELECT v FROM snapped")]
}

fn prepares(level: &str) -> [Vec<u8>; 2] {
    let mut outbox = Outbox::default();
    outbox.parse("reads", "SELECT v FROM snapped", &[]);
    outbox.sync();
    let set = format!("SET default_transaction_isolation = '{level}'");
    [query(&set), outbox.bytes().to_vec()]
}

/// Lets all go until the server is ready: commands have no snapshot.
async fn pass(stand: &mut Stand, talker: &mut Talker) {
    loop {
        tokio::select! {
            () = talker.until(b"Z") => return,
            step = stand.parked() => {
                assert_ne!(step.kind, StepKind::Snapshot);
                stand.proxy.let_go(step.id);
            }
        }
    }
}

/// What another session commits between snapshot and execution is seen at read committed
/// alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_is_taken_before_the_statement_where_the_level_keeps_one() {
    server().shown("DROP TABLE IF EXISTS snapped; CREATE TABLE snapped (v int); INSERT INTO snapped VALUES (0)");
    let mut stand = Stand::start(Some(WITH_SNAPSHOTS)).await;
    let mut written = 0;
    for (level, is_kept) in [
        ("repeatable read", true),
        ("serializable", true),
        ("read committed", false),
    ] {
        let mut talker = Talker::open(stand.port()).await;
        for bytes in prepares(level) {
            talker.send(&bytes).await;
            pass(&mut stand, &mut talker).await;
        }
        for bytes in reads() {
            talker.heard.clear();
            talker.send(&bytes).await;
            let snapshot = stand.parked().await;
            assert_eq!(snapshot.kind, StepKind::Snapshot, "{level}");
            assert_eq!(stand.step(&snapshot).await.error, None);
            written += 1;
            server().shown(&format!("UPDATE snapped SET v = {written}"));
            let execute = stand.parked().await;
            assert_eq!(execute.kind, StepKind::Execute);
            stand.step(&execute).await;
            let commit = stand.parked().await;
            stand.step(&commit).await;
            talker.until(b"Z").await;
            let seen = if is_kept { written - 1 } else { written };
            let row = [&[0, 1, 0, 0, 0, 1][..], seen.to_string().as_bytes()].concat();
            let is_seen = talker.heard.windows(row.len()).any(|bytes| bytes == row);
            assert!(is_seen, "{level}: {}", talker.heard.escape_ascii());
        }
    }
}
