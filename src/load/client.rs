//! A buyer's attempts at full speed, over a connection or at a service.

use std::sync::{Arc, Mutex, MutexGuard};

use super::contest::AtStake;
use super::floor::Floor;
use super::line::TillLine;
use super::progress::LaneCounts;
use super::record::Record;
use crate::database::{Backend, Connection};
use crate::effect::{Effect, Kind, Looks, Rows};
use crate::flow::InProcess;
use crate::oracle::EffectSeen;
use crate::service::ServiceClient;
use crate::session::{Error, Result, Session};
use crate::shop::Cart;
use crate::statement::{Reply, Statement};
use crate::subject::{Attempt, Client, Memory};

/// What one lane writes down; only its own tills do, so the lock is always free.
#[derive(Debug)]
pub(super) struct LaneRecord {
    record: Mutex<Record>,
    /// What others may look at meanwhile.
    pub(super) counts: Arc<LaneCounts>,
}

impl LaneRecord {
    pub(super) fn new(counts: Arc<LaneCounts>, is_own: bool) -> Self {
        let record = Record {
            is_own,
            ..Record::default()
        };
        Self {
            record: Mutex::new(record),
            counts,
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Record> {
        let record = self.record.lock();
        record.expect("no code panics while it writes")
    }
}

/// Attempts over one line, with what the last one showed.
pub(super) struct AtLine {
    line: TillLine,
    floor: Arc<Floor>,
    record: Arc<LaneRecord>,
    /// Whether the answer of the last attempt could have been another one.
    pub(super) could_differ: bool,
    /// Whether the line was lost.
    pub(super) is_lost: bool,
}

impl AtLine {
    pub(super) fn new(line: TillLine, floor: &Arc<Floor>, record: &Arc<LaneRecord>) -> Self {
        Self {
            line,
            floor: Arc::clone(floor),
            record: Arc::clone(record),
            could_differ: false,
            is_lost: false,
        }
    }

    /// The server process behind it, where it is known.
    pub(super) fn backend(&self) -> Option<Backend> {
        self.line.backend()
    }

    pub(super) fn into_line(self) -> TillLine {
        self.line
    }
}

impl Client for AtLine {
    async fn attempt(&mut self, cart: &Cart, step: usize, memory: &mut Memory) -> Attempt {
        let (floor, record) = (&*self.floor, &*self.record);
        let stake = floor.contest.enter(cart);
        let (attempt, stake, is_lost) = match &mut self.line {
            TillLine::Database(connection) => {
                let session = FullSpeed {
                    connection,
                    floor,
                    record,
                    actor: cart.buyer,
                    operation: cart.operation,
                    stake,
                    has_thought: false,
                    is_lost: false,
                };
                let mut client = InProcess::new(floor.terms.cell, session);
                let attempt = client.attempt(cart, step, memory).await;
                let FullSpeed { stake, is_lost, .. } = client.session;
                (attempt, stake, is_lost)
            }
            TillLine::Service(client) => call(client, (cart, step, memory), stake, record).await,
        };
        let is_conflict = matches!(attempt, Attempt::Conflict(_));
        let sale = stake.sale(&attempt);
        self.record.counts.attempted(sale, is_conflict);
        (self.could_differ, self.is_lost) = (stake.end(&attempt), is_lost);
        attempt
    }
}

/// What a request to a service may do: a write, as far as is known.
const REQUEST: Effect<'static> = Effect {
    kind: Kind::Write,
    rows: Rows::All,
    changes: true,
    looks: Looks::Unknown,
};

/// One attempt at a service, with the time of each of its requests. It counts as a write that was
/// committed where it is done.
async fn call<'s>(
    client: &mut ServiceClient,
    (cart, step, memory): (&Cart, usize, &mut Memory),
    mut stake: AtStake<'s>,
    record: &LaneRecord,
) -> (Attempt, AtStake<'s>, bool) {
    stake.note(REQUEST);
    let attempt = client.attempt(cart, step, memory).await;
    if attempt == Attempt::Sold {
        stake.note_reply(&Reply::Done);
    }
    let lines = &mut record.lock().lines;
    for timed in client.timed() {
        let line = lines.entry((cart.operation, timed.step + 1)).or_default();
        let latency_us = u64::try_from(timed.latency.as_micros()).unwrap_or(u64::MAX);
        line.note_request(latency_us, timed.answer);
    }
    // A connection that the service closed in peace is opened again by the client itself.
    let is_lost = matches!(
        attempt,
        Attempt::Unknown(_) | Attempt::Failed(Error::ConnectionLost(_))
    );
    (attempt, stake, is_lost)
}

/// A connection at full speed, for one attempt: thinks in real time, counts
/// SQLSTATEs, and notices when it is lost.
struct FullSpeed<'t> {
    connection: &'t mut Connection,
    floor: &'t Floor,
    record: &'t LaneRecord,
    /// The buyer, and the operation that it carries out.
    actor: u32,
    operation: u32,
    stake: AtStake<'t>,
    has_thought: bool,
    is_lost: bool,
}

impl Session for FullSpeed<'_> {
    fn think_us(&self) -> u64 {
        self.floor.scenario.think_time_us
    }

    async fn execute(&mut self, statement: Statement) -> Result<Reply> {
        if let Some((name, value)) = statement.as_effect() {
            self.record.lock().effects.push(EffectSeen {
                session: self.actor,
                name: name.clone(),
                value: value.clone(),
            });
            return Ok(Reply::Done);
        }
        if statement.effect().kind == Kind::Think {
            match statement.pause_us() {
                Some(pause_us) => self.floor.pause(pause_us).await,
                None if std::mem::replace(&mut self.has_thought, true) => {}
                None => self.floor.pause(self.floor.scenario.think_time_us).await,
            }
            return Ok(Reply::Done);
        }
        self.stake.note(statement.effect());
        let line = statement.as_text().map(|text| text.line);
        let sent_us = line.map_or(0, |_| self.floor.now_us());
        let reply = self.connection.execute(statement).await;
        if let Some(line) = line {
            let latency_us = self.floor.now_us().saturating_sub(sent_us);
            let lines = &mut self.record.lock().lines;
            let place = (self.operation, line);
            lines.entry(place).or_default().note(latency_us, &reply);
        }
        match &reply {
            Ok(reply) => self.stake.note_reply(reply),
            Err(error) => {
                self.is_lost |= matches!(error, Error::ConnectionLost(_));
                self.record.lock().count_sqlstate(error);
            }
        }
        reply
    }
}
