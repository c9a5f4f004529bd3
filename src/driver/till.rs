//! Full speed: one buyer's way to a connection and back, with a clock.

use std::sync::Arc;
use std::time::Instant;

use super::floor::Floor;
use super::pool::Lease;
use super::stop::Reason;
use crate::checkout::{Attempt, Closed, Till};
use crate::session::{Error, Result, Session};
use crate::shop::Cart;
use crate::statement::{Reply, Statement};

/// Where the time of one checkout went, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Waiting for a connection, over all tries.
    pub queued_us: u64,
    /// Holding a connection, over all tries.
    pub service_us: u64,
    /// Holding a connection in attempts that were lost to concurrency.
    pub wasted_us: u64,
    /// Attempts during which another attempt's commit on the same product fell
    /// between first statement and commit reply.
    pub overlaps: u32,
    /// The server process that was asked to commit when the reply was lost.
    pub unresolved: Option<crate::database::postgres::Backend>,
}

/// One buyer's till.
pub struct BuyersTill<'f> {
    floor: &'f Arc<Floor>,
    cart: &'f Cart,
    /// What this checkout has cost so far.
    pub spent: Spent,
}

impl<'f> BuyersTill<'f> {
    pub(super) fn new(floor: &'f Arc<Floor>, cart: &'f Cart) -> Self {
        Self {
            floor,
            cart,
            spent: Spent::default(),
        }
    }

    fn commits_of_others(&self) -> u64 {
        self.floor.commits.on(self.cart)
    }
}

impl Till for BuyersTill<'_> {
    type Session = FullSpeed;

    async fn open(&mut self, tries: u32) -> std::result::Result<FullSpeed, Closed> {
        let queued = Instant::now();
        let place = self.floor.pool.queue().await;
        match self.floor.stop.reason() {
            Some(_) if tries == 0 => return Err(Closed::Stopped),
            Some(Reason::ServerLost(message)) => {
                return Err(Closed::Refused(Error::ConnectionLost(message)));
            }
            _ => {}
        }
        let lease = self.floor.pool.lease(place).await.map_err(|error| {
            let message = error.to_string();
            self.floor.stop.now(Reason::ServerLost(message.clone()));
            Closed::Refused(Error::ConnectionLost(message))
        })?;
        let began = Instant::now();
        self.spent.queued_us += micros(began - queued);
        Ok(FullSpeed {
            lease,
            floor: Arc::clone(self.floor),
            began,
            commits_before: self.commits_of_others(),
            has_thought: false,
            is_lost: false,
        })
    }

    fn close(&mut self, session: FullSpeed, ended: &Attempt) {
        let service_us = micros(session.began.elapsed());
        self.spent.service_us += service_us;
        match ended {
            Attempt::Sold => {
                self.spent.overlaps +=
                    u32::from(self.commits_of_others() != session.commits_before);
                self.floor.commits.note(self.cart);
            }
            Attempt::Conflict(_) => self.spent.wasted_us += service_us,
            Attempt::Unknown(_) => {
                self.spent.unresolved = Some(session.lease.connection.backend());
            }
            Attempt::SoldOut | Attempt::Failed(_) => {}
        }
        if session.is_lost {
            self.floor.pool.give_up(session.lease);
        } else {
            self.floor.pool.give_back(session.lease);
        }
    }

    async fn back_off(&mut self, tries: u32) {
        let scenario = &self.floor.scenario;
        let pause = scenario.pause(self.floor.run, self.cart.buyer, tries);
        tokio::time::sleep(pause).await;
    }
}

/// A connection at full speed, for one attempt: thinks in real time, counts
/// SQLSTATEs, and notices when it is lost.
pub struct FullSpeed {
    lease: Lease,
    floor: Arc<Floor>,
    began: Instant,
    commits_before: u64,
    has_thought: bool,
    is_lost: bool,
}

impl Session for FullSpeed {
    async fn execute(&mut self, statement: Statement<'_>) -> Result<Reply> {
        if statement == Statement::Think {
            if !std::mem::replace(&mut self.has_thought, true) {
                self.floor.think().await;
            }
            return Ok(Reply::Done);
        }
        let reply = self.lease.connection.execute(statement).await;
        if let Err(error) = &reply {
            self.is_lost |= matches!(error, Error::ConnectionLost(_));
            self.floor.count_sqlstate(error);
        }
        reply
    }
}

pub(super) fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
