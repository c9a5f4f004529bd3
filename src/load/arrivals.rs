//! The buyers' arrival, and the eyes on them while they shop.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::cpu;
use super::floor::Floor;
use super::ground::LoadGround;
use super::lane::Lanes;
use super::record::Record;
use super::stop::{Reason, Stop};
use crate::scenario::Arrival;

/// How long a run goes on between two looks for blocked backends, at least and
/// at most. A look costs the server and the client some work; in a short run
/// they must be close together to show any wait at all.
const LOOK_EVERY: [Duration; 2] = [Duration::from_millis(5), Duration::from_millis(100)];

/// Between these two, a run is looked at again once this part of it is new.
const NEW_SINCE_LOOK: u32 = 10;

/// What was seen while the buyers shopped.
pub(super) struct Watched {
    /// Different statements seen waiting for a lock; a lower bound, because
    /// only samples are taken.
    pub(super) blocked_waits: u64,
    /// How often was looked.
    pub(super) looks: u64,
    /// Processor time that this process took meanwhile.
    pub(super) client_cpu: Duration,
}

/// Opens the doors, lets every buyer shop, and watches until the last one has
/// left.
pub(super) async fn shop(
    floor: &Arc<Floor>,
    lanes: &mut Lanes,
    ground: &mut LoadGround<'_>,
) -> (Record, Watched) {
    let cpu_before = cpu::taken();
    let opened = floor.open();
    let mut blocked = Blocked::default();
    let watching = watch(lanes, ground, &mut blocked, &floor.stop);
    let ((), record) = tokio::join!(let_in(floor, opened), watching);
    let watched = Watched {
        client_cpu: floor.cpu_at_end().saturating_sub(cpu_before),
        blocked_waits: blocked.seen.len() as u64,
        looks: blocked.looks,
    };
    (record, watched)
}

/// Statements that were seen waiting for a lock: the server process and when
/// it began with the statement.
#[derive(Default)]
struct Blocked {
    seen: HashSet<(i32, i64)>,
    looks: u64,
}

/// Looks for blocked statements until all lanes have ended; and whether a service still runs.
async fn watch(
    lanes: &mut Lanes,
    ground: &mut LoadGround<'_>,
    blocked: &mut Blocked,
    stop: &Stop,
) -> Record {
    let mut ended = pin!(lanes.ended());
    let mut may_look = true;
    let began = Instant::now();
    loop {
        let [least, most] = LOOK_EVERY;
        let pause = (began.elapsed() / NEW_SINCE_LOOK).clamp(least, most);
        tokio::select! {
            record = &mut ended => return record,
            () = tokio::time::sleep(pause) => {}
        }
        if let Some(trouble) = ground.has_ended() {
            stop.now(Reason::ServerLost(trouble));
        }
        if may_look {
            blocked.looks += 1;
            match ground.waiting_for_locks().await {
                Ok(waiting) => blocked.seen.extend(waiting),
                // The audit will find out whether the server is gone.
                Err(_) => may_look = false,
            }
        }
    }
}

/// Sends the buyers to the queue at their times. In a burst they stand there
/// already.
///
/// On a thread of its own: the runtime's timer counts milliseconds, and a buyer
/// that comes late looks like a buyer that is served late (measured: 1.1 ms at the
/// median, which is half of the latency of a checkout on an idle server).
async fn let_in(floor: &Arc<Floor>, opened: Instant) {
    if floor.scenario.arrival == Arrival::Burst {
        return;
    }
    let (all_are_in, wait) = oneshot::channel();
    let arriving = Arc::clone(floor);
    let thread = thread::Builder::new().name("arrivals".into());
    let door = move || {
        wake_on_time();
        for (number, offset) in (0..).zip(arriving.scenario.arrivals(arriving.run)) {
            sleep_until(opened + offset, &arriving.stop);
            arriving.arrive(number, offset);
        }
        // The run may have been abandoned meanwhile.
        let _ = all_are_in.send(());
    };
    thread.spawn(door).expect("a thread");
    wait.await.expect("the door lets every buyer in");
}

/// How soon a run that stops is noticed.
const STOP_NOTICED: Duration = Duration::from_millis(20);

/// A run that stops lets the rest in at once: each finds the tills closed and is
/// recorded as not started.
fn sleep_until(time: Instant, stop: &Stop) {
    while !stop.is_set() {
        match time.saturating_duration_since(Instant::now()) {
            Duration::ZERO => return,
            left => thread::sleep(left.min(STOP_NOTICED)),
        }
    }
}

/// Linux lets a thread sleep up to 50 us longer than asked, to wake several at a
/// time; this one is not to be among them.
fn wake_on_time() {
    #[cfg(target_os = "linux")]
    // Without it arrivals are a little later, and the schedule lag says so.
    let _ = nix::sys::prctl::set_timerslack(1);
}
