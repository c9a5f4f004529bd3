//! A lane: a thread and a runtime of its own for a share of the connections.
//!
//! A connection never leaves its lane, so a reply wakes the thread that waits
//! for it and no other one.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::{self, JoinHandle, available_parallelism};

use futures_util::future::try_join_all;
use tokio::runtime;
use tokio::sync::oneshot::{self, Receiver, Sender};
use tokio::task::JoinSet;

use super::client::LaneRecord;
use super::connect::{ROOM_MAX, persist, wanting};
use super::cpu;
use super::floor::Floor;
use super::line::{LineOpener, TillLine};
use super::record::Record;
use super::till::Till;
use crate::database::ServerError;

/// With fewer connections for each, one lane does the work of two with fewer
/// wake-ups: it finds several replies each time that it looks (measured, see
/// `reports/performance.md`).
const CONNECTIONS_A_LANE: usize = 16;

/// The server starts a process for each, and prepares its statements: many more
/// at a time would only wait for each other.
const OPENED_AT_ONCE: usize = 4;

/// How many lanes so many connections are shared out to.
#[must_use]
pub fn lanes(connections: usize) -> usize {
    let cores = available_parallelism().map_or(1, usize::from);
    connections.div_ceil(CONNECTIONS_A_LANE).min(cores)
}

/// All lanes of a run. Dropping them before they have ended abandons the
/// buyers and their connections.
pub(super) struct Lanes(Vec<Lane>);

struct Lane {
    opened: Receiver<Result<(), ServerError>>,
    ended: Receiver<Record>,
    /// Gone, together with its lane's work, when it is dropped.
    leash: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Lanes {
    /// Opens every connection and prepares its statements. No buyer is served
    /// before the doors open.
    ///
    /// # Errors
    /// The server refuses; then every connection is dropped.
    ///
    /// # Panics
    /// If the system gives no thread.
    pub(super) async fn open(floor: &Arc<Floor>, opener: &LineOpener) -> Result<Self, ServerError> {
        let connections = floor.scenario.connections as usize;
        let lanes = lanes(connections);
        let share = |lane: usize| (connections - lane).div_ceil(lanes);
        let lane = |lane| Lane::begin(Arc::clone(floor), opener.clone(), share(lane), lanes);
        let mut lanes = Self((0..lanes).map(lane).collect());
        let mut refused = Ok(());
        // All of them, also after an error: no connection is dropped while it
        // is being opened.
        for lane in &mut lanes.0 {
            match (&mut lane.opened).await {
                Ok(opened) => refused = refused.and(opened),
                Err(_) => lane.panic_in_turn(),
            }
        }
        refused.map_err(|error| wanting(connections, error))?;
        Ok(lanes)
    }

    /// Waits until every buyer has left and every connection is closed, and
    /// answers what was written down. A panic in any lane is passed on at once:
    /// its buyers never leave, and the other lanes would wait for them.
    pub(super) async fn ended(&mut self) -> Record {
        let ended = self.0.iter_mut().enumerate().map(async |(number, lane)| {
            let record = (&mut lane.ended).await;
            record.map_err(|_| number)
        });
        match try_join_all(ended).await {
            Ok(records) => records.into_iter().reduce(Record::and).unwrap_or_default(),
            Err(number) => self.0[number].panic_in_turn(),
        }
    }
}

impl Lane {
    fn begin(floor: Arc<Floor>, opener: LineOpener, share: usize, lanes: usize) -> Self {
        let (opening, opened) = oneshot::channel();
        let (ending, ended) = oneshot::channel();
        let work = async move {
            let at_once = (OPENED_AT_ONCE / lanes).max(1);
            match open(&opener, &floor, share, at_once).await {
                Ok(lines) => {
                    // Where another lane could not open, the receiver is gone.
                    let _ = opening.send(Ok(()));
                    let _ = ending.send(serve(floor, opener, lines).await);
                }
                Err(error) => drop(opening.send(Err(error))),
            }
        };
        Self::of(opened, ended, work)
    }

    /// Begins the work on a thread and a runtime of its own.
    fn of(
        opened: Receiver<Result<(), ServerError>>,
        ended: Receiver<Record>,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        let (leash, cut) = oneshot::channel();
        let until_cut = async {
            tokio::select! {
                () = work => {}
                _ = cut => {}
            }
        };
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime needs two file descriptors");
        let thread = thread::Builder::new()
            .name("lane".into())
            .spawn(move || {
                runtime.block_on(until_cut);
                // A name that is still being looked up is not waited for.
                runtime.shutdown_background();
            })
            .expect("a thread");
        Self {
            opened,
            ended,
            leash: Some(leash),
            thread: Some(thread),
        }
    }

    /// Goes on with the panic that ended the lane.
    fn panic_in_turn(&mut self) -> ! {
        let thread = self.thread.take().expect("joined once");
        match thread.join() {
            Err(panic) => resume_unwind(panic),
            Ok(()) => panic!("a lane ended without a word"),
        }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        drop(self.leash.take());
        // The panic of the lane is on its way up already.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Opens so many connections.
async fn open(
    opener: &LineOpener,
    floor: &Arc<Floor>,
    share: usize,
    at_once: usize,
) -> Result<Vec<TillLine>, ServerError> {
    let mut opening = JoinSet::new();
    for first in 0..at_once {
        let (opener, floor) = (opener.clone(), Arc::clone(floor));
        let count = (first..share).step_by(at_once).count();
        opening.spawn(async move {
            let mut opened = Vec::with_capacity(count);
            for _ in 0..count {
                opened.push(persist(&opener, &floor, ROOM_MAX).await?);
            }
            Ok(opened)
        });
    }
    let opened: Result<Vec<_>, ServerError> = opening.join_all().await.into_iter().collect();
    Ok(opened?.into_iter().flatten().collect())
}

/// Serves at every connection until all buyers have left, then closes them.
async fn serve(floor: Arc<Floor>, opener: LineOpener, lines: Vec<TillLine>) -> Record {
    let record = Arc::new(LaneRecord::new(
        floor.progress.of_lane(),
        floor.contest.is_own(),
    ));
    let mut tills = JoinSet::new();
    for line in lines {
        let (floor, opener) = (Arc::clone(&floor), opener.clone());
        let till = Till::new(floor, opener, Arc::clone(&record), line);
        tills.spawn(till.serve());
    }
    floor.opened().await;
    let busy_before = cpu::wanted_by_thread();
    let lines = tills.join_all().await;
    record.lock().busy = cpu::wanted_by_thread().saturating_sub(busy_before);
    for line in lines.into_iter().flatten() {
        line.close().await;
    }
    std::mem::take(&mut *record.lock())
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    fn lane(work: impl Future<Output = ()> + Send + 'static) -> Lane {
        let (_, opened) = oneshot::channel();
        let (ending, ended) = oneshot::channel::<Record>();
        Lane::of(opened, ended, async move {
            work.await;
            drop(ending);
        })
    }

    /// The first lane waits for buyers that the second took with it.
    #[tokio::test]
    #[should_panic(expected = "a till broke")]
    async fn a_panic_in_any_lane_is_passed_on() {
        let mut lanes = Lanes(vec![
            lane(pending()),
            lane(async { panic!("a till broke") }),
        ]);
        lanes.ended().await;
    }

    /// Or an abandoned run would never end.
    #[test]
    fn a_lane_that_is_dropped_ends() {
        drop(lane(pending()));
    }
}
