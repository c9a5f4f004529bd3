//! The buyers: each a task of its own from its arrival on.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::cpu;
use super::floor::{Floor, Progress, Record, micros_between};
use super::till::BuyersTill;
use crate::checkout::checkout;
use crate::database::postgres::Schema;
use crate::scenario::Arrival;

/// How often the run is looked at for blocked backends.
const SAMPLE_EVERY: Duration = Duration::from_millis(20);

/// What was seen while the buyers shopped.
pub(super) struct Watched {
    /// When the first buyer could arrive.
    pub(super) began: Instant,
    /// From the first arrival to the last goodbye.
    pub(super) elapsed: Duration,
    /// Different statements seen waiting for a lock; a lower bound, because
    /// only samples are taken.
    pub(super) blocked_waits: u64,
    /// Processor time that this process took meanwhile.
    pub(super) client_cpu: Duration,
}

/// Lets every buyer shop, and watches until the last one is done.
pub(super) async fn shop(
    floor: &Arc<Floor>,
    schema: &mut Schema,
    progress: &Arc<Progress>,
) -> Watched {
    // Every buyer holds a sender; when the last is dropped, even by a panic,
    // the channel closes.
    let (alive, mut all_gone) = mpsc::channel::<()>(1);
    let (began, cpu_before) = (Instant::now(), cpu::taken());
    let arrivals = tokio::spawn(let_in(Arc::clone(floor), Arc::clone(progress), alive));
    let mut blocked = HashSet::new();
    let mut may_sample = true;
    loop {
        tokio::select! {
            _ = all_gone.recv() => break,
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
    let burst_began = arrivals.await.ok().flatten();
    let began = burst_began.unwrap_or(began);
    Watched {
        began,
        elapsed: began.elapsed(),
        client_cpu: cpu::taken().saturating_sub(cpu_before),
        blocked_waits: blocked.len() as u64,
    }
}

/// Spawns the buyers at their times, and answers when the burst began, if it
/// was one.
async fn let_in(
    floor: Arc<Floor>,
    progress: Arc<Progress>,
    alive: mpsc::Sender<()>,
) -> Option<Instant> {
    if floor.scenario.arrival == Arrival::Burst {
        return Some(burst(&floor, &progress, &alive));
    }
    floor.pool.open_doors();
    let began = Instant::now();
    for (buyer, offset) in floor.scenario.arrivals(floor.run).enumerate() {
        let scheduled = began + offset;
        tokio::select! {
            () = floor.stop.wait() => {}
            () = tokio::time::sleep_until(scheduled.into()) => {}
        }
        // A run that stops lets the rest in at once: each finds the door
        // closed and is recorded as not started.
        let arrival = Arrived::At(scheduled);
        tokio::spawn(buy(
            Arc::clone(&floor),
            buyer,
            arrival,
            Arc::clone(&progress),
            alive.clone(),
        ));
    }
    None
}

/// Everybody stands at the door before it opens.
fn burst(floor: &Arc<Floor>, progress: &Arc<Progress>, alive: &mpsc::Sender<()>) -> Instant {
    let door = tokio::sync::watch::Sender::new(None);
    for buyer in 0..floor.carts.len() {
        let arrival = Arrived::WhenOpened(door.subscribe());
        tokio::spawn(buy(
            Arc::clone(floor),
            buyer,
            arrival,
            Arc::clone(progress),
            alive.clone(),
        ));
    }
    let now = Instant::now();
    door.send_replace(Some(now));
    floor.pool.open_doors();
    now
}

/// When a buyer arrives.
enum Arrived {
    At(Instant),
    WhenOpened(tokio::sync::watch::Receiver<Option<Instant>>),
}

async fn buy(
    floor: Arc<Floor>,
    buyer: usize,
    arrival: Arrived,
    progress: Arc<Progress>,
    _alive: mpsc::Sender<()>,
) {
    let arrived = match arrival {
        Arrived::At(scheduled) => scheduled,
        Arrived::WhenOpened(mut door) => {
            let opened = door.wait_for(Option::is_some).await;
            opened.ok().and_then(|at| *at).unwrap_or_else(Instant::now)
        }
    };
    let lag_us = micros_between(arrived, Instant::now());
    let cart = &floor.carts[buyer];
    let mut till = BuyersTill::new(&floor, cart);
    let ended = checkout(&mut till, &floor.terms, cart).await;
    let left_at = Instant::now();
    let record = Record {
        ended,
        spent: till.spent,
        latency_us: micros_between(arrived, left_at),
        lag_us,
        left_at,
    };
    floor.finish(buyer, record);
    progress.add_one();
}
