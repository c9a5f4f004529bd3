//! The model against PostgreSQL itself: random plays of two and three sessions,
//! statement by statement. Every reply, the sessions that each blocked one waits for
//! (`pg_blocking_pids`), and the ledger at the end must be the same.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::support::play::{Play, play, setting};
use crate::support::server::Rig;

fn random(seed: u64, sessions: usize) -> Play {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut next = |below: u32| rng.random_range(0..below);
    let setting = setting(sessions, &mut next);
    play(setting, 8 * sessions, false, &mut next)
}

/// When two sessions wake at the same moment they race in PostgreSQL; a play
/// that differs is played again, and must differ no more.
async fn compare(sessions: usize, seeds: std::ops::Range<u64>) {
    let mut rig = Rig::start(sessions).await;
    let mut differences = Vec::new();
    let (mut plays, mut again) = (0, 0);
    for seed in seeds {
        let play = random(seed, sessions);
        if play.races {
            continue;
        }
        plays += 1;
        let mut tries = 0;
        while let Err(difference) = rig.perform(&play).await {
            eprintln!("seed {seed}, {sessions} sessions: {difference}");
            rig.restart().await;
            again += 1;
            tries += 1;
            if tries == 3 {
                differences.push(seed);
                break;
            }
        }
    }
    rig.stop().await;
    eprintln!("{sessions} sessions: {plays} plays, {again} again");
    assert!(differences.is_empty(), "seeds {differences:?} differ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "slow: minutes on a busy machine"]
async fn two_sessions_answer_as_on_postgresql() {
    compare(2, 0..200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "slow: minutes on a busy machine"]
async fn three_sessions_answer_as_on_postgresql() {
    compare(3, 0..100).await;
}
