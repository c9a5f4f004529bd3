//! The faults of all connections under load: how often, whether now, and how many there were.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use crate::scenario::{FaultCounts, FaultDraw, FaultDraws, FaultKind, FaultRates};

/// What the connections of one proxy share of the faults that it puts in.
#[derive(Debug)]
pub(super) struct FaultBook {
    pub(super) rates: FaultRates,
    seed: u64,
    /// The run, from 1; 0 while none is put in.
    run: AtomicU32,
    counts: CountedFaults,
}

#[derive(Debug, Default)]
struct CountedFaults {
    statements: AtomicU64,
    commits: AtomicU64,
    cut: AtomicU64,
    lost_requests: AtomicU64,
    lost_replies: AtomicU64,
    pauses: AtomicU64,
}

impl FaultBook {
    pub(super) fn new(rates: FaultRates, seed: u64) -> Self {
        Self {
            rates,
            seed,
            run: AtomicU32::new(0),
            counts: CountedFaults::default(),
        }
    }

    pub(super) fn begin(&self, run: u32) {
        self.run.store(run, Relaxed);
    }

    pub(super) fn end(&self) -> FaultCounts {
        self.run.store(0, Relaxed);
        let counts = &self.counts;
        FaultCounts {
            statements: counts.statements.load(Relaxed),
            commits: counts.commits.load(Relaxed),
            cut: counts.cut.load(Relaxed),
            lost_requests: counts.lost_requests.load(Relaxed),
            lost_replies: counts.lost_replies.load(Relaxed),
            pauses: counts.pauses.load(Relaxed),
        }
    }

    /// The draws of a connection in the run that goes on; `None` while there is none.
    pub(super) fn draws(&self, connection: u64) -> Option<FaultDraws> {
        match self.run.load(Relaxed) {
            0 => None,
            run => Some(self.rates.of_connection(self.seed, run, connection)),
        }
    }

    pub(super) fn is_on(&self) -> bool {
        self.run.load(Relaxed) > 0
    }

    /// Counts a statement, and what was drawn for it.
    pub(super) fn count(&self, is_commit: bool, draw: FaultDraw) {
        let counts = &self.counts;
        counts.statements.fetch_add(1, Relaxed);
        if is_commit {
            counts.commits.fetch_add(1, Relaxed);
        }
        if draw.pauses {
            counts.pauses.fetch_add(1, Relaxed);
        }
        let kind = match draw.kind {
            None => return,
            Some(FaultKind::Cut) => &counts.cut,
            Some(FaultKind::LoseRequest) => &counts.lost_requests,
            Some(FaultKind::LoseReply) => &counts.lost_replies,
        };
        kind.fetch_add(1, Relaxed);
    }
}
