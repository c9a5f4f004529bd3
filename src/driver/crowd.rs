//! The buyers' arrival, and the eyes on them while they shop.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cpu;
use super::floor::Floor;
use super::lane::Lanes;
use super::record::Record;
use crate::database::postgres::Schema;
use crate::scenario::Arrival;

/// How often the run is looked at for blocked backends.
const SAMPLE_EVERY: Duration = Duration::from_millis(20);

/// What was seen while the buyers shopped.
pub(super) struct Watched {
    /// Different statements seen waiting for a lock; a lower bound, because
    /// only samples are taken.
    pub(super) blocked_waits: u64,
    /// Processor time that this process took meanwhile.
    pub(super) client_cpu: Duration,
}

/// Opens the doors, lets every buyer shop, and watches until the last one has
/// left.
pub(super) async fn shop(
    floor: &Arc<Floor>,
    lanes: &mut Lanes,
    schema: &mut Schema,
) -> (Record, Watched) {
    let cpu_before = cpu::taken();
    let opened = floor.open();
    let (record, blocked) = {
        let watching = watch(lanes, schema);
        let ((), watched) = tokio::join!(let_in(floor, opened), watching);
        watched
    };
    let watched = Watched {
        client_cpu: floor.cpu_at_end().saturating_sub(cpu_before),
        blocked_waits: blocked.len() as u64,
    };
    (record, watched)
}

/// Looks for blocked backends until all lanes have ended.
async fn watch(lanes: &mut Lanes, schema: &mut Schema) -> (Record, HashSet<(i32, i64)>) {
    let mut ended = pin!(lanes.ended());
    let mut blocked = HashSet::new();
    let mut may_sample = true;
    loop {
        tokio::select! {
            record = &mut ended => return (record, blocked),
            () = tokio::time::sleep(SAMPLE_EVERY) => {}
        }
        if may_sample {
            match schema.waiting_for_locks().await {
                Ok(waiting) => blocked.extend(waiting),
                // The audit will find out whether the server is gone.
                Err(_) => may_sample = false,
            }
        }
    }
}

/// Sends the buyers to the queue at their times. In a burst they stand there
/// already.
async fn let_in(floor: &Floor, opened: Instant) {
    if floor.scenario.arrival == Arrival::Burst {
        return;
    }
    for (number, offset) in (0..).zip(floor.scenario.arrivals(floor.run)) {
        // A run that stops lets the rest in at once: each finds the tills
        // closed and is recorded as not started.
        tokio::select! {
            () = floor.stop.wait() => {}
            () = tokio::time::sleep_until((opened + offset).into()) => {}
        }
        floor.arrive(number, offset);
    }
}
