//! What a lane writes down about the checkouts it served.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::buyer::{Buyer, SoFar, Spent, place};
use super::result::{Effort, Faults, LinePlace, LineTiming, Timing};
use super::timeline::Timeline;
use crate::database::Backend;
use crate::flow::Checkout;
use crate::oracle::{EffectSeen, Raised, StepTold};
use crate::session::Error;
use crate::shop::{Conflict, Outcome};

/// How and when one checkout ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Goodbye {
    buyer: u32,
    step: usize,
    outcome: Outcome,
    /// From the scheduled arrival; `None` for a checkout without an attempt.
    latency_us: Option<u64>,
    /// When the buyer left, in microseconds since the doors opened.
    at_us: u64,
}

/// What one lane wrote down. Everything is added up on the way, but for the
/// little that waits for unknown outcomes to be looked up.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) effort: Effort,
    pub(super) timing: Timing,
    pub(super) faults: Faults,
    /// As [`Spent::contested`], of all checkouts.
    pub(super) contested: u64,
    /// As [`Spent::contested_lost`], of all checkouts.
    pub(super) contested_lost: u64,
    pub(super) goodbyes: Vec<Goodbye>,
    /// Buyers and steps whose COMMIT got no reply, with the server process that was
    /// asked; `None` behind a service.
    pub(super) in_doubt: Vec<(u32, usize, Option<Backend>)>,
    /// Whether it is of tables of the user's own.
    pub(super) is_own: bool,
    /// There: what each buyer was told, the errors among it, and what
    /// happened outside the database.
    pub(super) told: Vec<StepTold>,
    pub(super) raised: Vec<Raised>,
    pub(super) effects: Vec<EffectSeen>,
    /// The statements of a script, by operation and line.
    pub(super) lines: BTreeMap<(u32, u32), LineTiming>,
    /// How long the lane had something to do; of several lanes, the busiest.
    pub(super) busy: Duration,
}

impl Record {
    pub(super) fn count_sqlstate(&mut self, error: &Error) {
        let sqlstate = match error {
            Error::Conflict(Conflict::StaleVersion) | Error::RolledBack => return,
            Error::Conflict(conflict) => conflict.sign(),
            Error::CheckViolation => "23514",
            Error::Database { sqlstate, .. } => sqlstate,
            Error::ConnectionLost(_)
            | Error::Script { .. }
            | Error::Service(_)
            | Error::WrongReply { .. } => return,
        };
        let counts = &mut self.effort.sqlstates;
        *counts.entry(sqlstate.to_owned()).or_default() += 1;
    }

    /// Notes a checkout that ended at `at_us`, in microseconds since the doors
    /// opened. `is_unrelated`: one product stands out, and this buyer wants none of
    /// it.
    pub(super) fn note(&mut self, buyer: &Buyer, so_far: &SoFar, at_us: u64, is_unrelated: bool) {
        let SoFar {
            checkout, spent, ..
        } = so_far;
        if let Some(fault) = self.fault(checkout) {
            let messages = &mut self.faults.messages;
            *messages.entry(fault.to_string()).or_default() += 1;
        }
        let was_tried = checkout.tries > 0;
        let latency_us = at_us.saturating_sub(buyer.arrived_us);
        if was_tried {
            self.note_tried(checkout, spent);
            if is_unrelated {
                self.timing.unrelated.record_us(latency_us);
            }
        }
        self.goodbyes.push(Goodbye {
            buyer: buyer.number,
            step: buyer.step,
            outcome: checkout.outcome,
            latency_us: was_tried.then_some(latency_us),
            at_us,
        });
    }

    /// What went wrong that is no answer. On tables of the user's own an error of the server
    /// is one, which is judged.
    fn fault<'c>(&self, checkout: &'c Checkout) -> Option<&'c Error> {
        let is_lost = checkout.outcome == Outcome::GaveUp;
        let fault = checkout.fault.as_ref().filter(|_| !is_lost)?;
        let is_answer = self.is_own && !matches!(fault, Error::ConnectionLost(_));
        (!is_answer || checkout.outcome == Outcome::Unknown).then_some(fault)
    }

    fn note_tried(&mut self, checkout: &Checkout, spent: &Spent) {
        let effort = &mut self.effort;
        effort.attempts += u64::from(checkout.tries);
        effort.service_us += spent.service_us;
        effort.wasted_us += spent.wasted_us;
        *effort.checkouts_by_tries.entry(checkout.tries).or_default() += 1;
        for (kind, lost) in Conflict::ALL.iter().zip(checkout.conflicts) {
            if lost > 0 {
                *effort.conflicts.entry(*kind).or_default() += u64::from(lost);
            }
        }
        self.contested += u64::from(spent.contested);
        self.contested_lost += u64::from(spent.contested_lost);
        self.timing.service.record_us(spent.service_us);
        self.timing.queued.record_us(spent.queued_us);
        self.timing.schedule_lag.record_us(spent.lag_us);
    }

    /// This and another lane's.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.effort.add(&other.effort);
        self.timing.add(&other.timing);
        for (message, count) in other.faults.messages {
            *self.faults.messages.entry(message).or_default() += count;
        }
        self.contested += other.contested;
        self.contested_lost += other.contested_lost;
        self.goodbyes.extend(other.goodbyes);
        self.in_doubt.extend(other.in_doubt);
        self.told.extend(other.told);
        self.raised.extend(other.raised);
        self.effects.extend(other.effects);
        for (place, timing) in other.lines {
            self.lines.entry(place).or_default().add(&timing);
        }
        self.busy = self.busy.max(other.busy);
        self
    }

    /// How each step of so many buyers ended, as the buyer saw it: the steps of the first
    /// buyer, then those of the second. A step that was not reached is not started.
    ///
    /// # Panics
    /// If a buyer was lost or ended a step twice: the harness must not hide that.
    pub(super) fn told_of_all(&self, buyers: usize, steps: usize) -> Vec<Outcome> {
        let mut told = vec![None; buyers * steps];
        for goodbye in &self.goodbyes {
            let earlier = told[place(goodbye.buyer, goodbye.step, steps)].replace(goodbye.outcome);
            assert_eq!(earlier, None, "buyer {} ends a step once", goodbye.buyer);
        }
        for first in told.iter().step_by(steps) {
            assert!(first.is_some(), "every buyer leaves");
        }
        let or_none = |outcome: Option<Outcome>| outcome.unwrap_or(Outcome::NotStarted);
        told.into_iter().map(or_none).collect()
    }

    /// From the doors' opening to the last goodbye, in microseconds.
    pub(super) fn elapsed_us(&self) -> u64 {
        let left = self.goodbyes.iter().map(|goodbye| goodbye.at_us);
        left.max().unwrap_or(0)
    }

    /// The timing, complete: `told` is how each step ended after unknown ones were
    /// looked up; `operations` are those of [`Floor`](super::floor::Floor).
    pub(super) fn timing(
        mut self,
        told: &[Outcome],
        steps: usize,
        operations: &[Arc<str>],
    ) -> Timing {
        let mut timing = std::mem::take(&mut self.timing);
        let lines = std::mem::take(&mut self.lines).into_iter();
        let placed = |(operation, line): (u32, u32)| {
            // Of one operation alone the name says nothing.
            let several = operations.get(1).and(operations.get(operation as usize));
            LinePlace {
                operation: several.cloned().map(|name: Arc<str>| name.to_string()),
                line,
            }
        };
        timing.lines = lines.map(|(at, timing)| (placed(at), timing)).collect();
        timing.timeline = Timeline::of(self.elapsed_us());
        for goodbye in &self.goodbyes {
            let Some(latency_us) = goodbye.latency_us else {
                continue;
            };
            let outcome = told[place(goodbye.buyer, goodbye.step, steps)];
            let latency = timing.latency.entry(outcome).or_default();
            latency.record_us(latency_us);
            timing.timeline.note(outcome, goodbye.at_us);
        }
        timing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::Tally;
    use crate::shop::Retry;
    use crate::subject::Attempt;

    /// A buyer who was to come when the doors opened and could join the queue
    /// only later: the wait counts, in every place where latency is told.
    #[test]
    fn latency_counts_from_the_scheduled_arrival() {
        let buyer = Buyer {
            number: 0,
            step: 0,
            arrived_us: 1_000,
            queued_us: 6_000,
            so_far: None,
        };
        let mut so_far = SoFar::of(&buyer, Retry::default());
        so_far.checkout.take_in(Attempt::Sold, 1);
        let mut record = Record::default();
        record.note(&buyer, &so_far, 8_000, true);
        let timing = record.timing(&[Outcome::Sold], 1, &[]);
        // A histogram keeps three digits.
        let near = |us: u64| us - 7..=us + 7;
        assert!(near(7_000).contains(&timing.latency[&Outcome::Sold].max_us()));
        assert!(near(7_000).contains(&timing.unrelated.max_us()));
        assert!(near(5_000).contains(&timing.schedule_lag.max_us()));
        assert_eq!(timing.queued.max_us(), 0, "no wait at a till");
    }

    fn buyer(number: u32) -> Buyer {
        Buyer {
            number,
            step: 0,
            arrived_us: 0,
            queued_us: 0,
            so_far: None,
        }
    }

    /// A checkout with so much of everything, which ended by these attempts.
    fn checkout(times: u32, attempts: impl IntoIterator<Item = Attempt>) -> SoFar {
        let mut so_far = SoFar::of(&buyer(0), Retry::default());
        for attempt in attempts {
            so_far.checkout.take_in(attempt, 9);
        }
        so_far.spent.service_us = 1_000 * u64::from(times);
        so_far.spent.wasted_us = 100 * u64::from(times);
        (so_far.spent.contested, so_far.spent.contested_lost) = (3 * times, 5 * times);
        so_far
    }

    /// Two lanes, each with two buyers: everything is added up, a checkout without an
    /// attempt has no effort and no latency, and kinds that did not occur are not told.
    #[test]
    fn what_lanes_wrote_down_is_added_up() {
        let fault = || Attempt::Failed(Error::CheckViolation);
        let lost = || Attempt::Conflict(Conflict::Deadlock);
        let mut one = Record::default();
        one.note(
            &buyer(0),
            &checkout(1, [lost(), lost(), Attempt::Sold]),
            50_000,
            false,
        );
        one.note(&buyer(1), &checkout(2, [fault()]), 60_000, false);
        let mut other = Record::default();
        other.note(&buyer(2), &checkout(4, [lost(), fault()]), 70_000, false);
        other.note(&buyer(3), &checkout(8, []), 80_000, false);
        (one.busy, other.busy) = (Duration::from_secs(2), Duration::from_secs(1));
        let record = one.and(other);

        let effort = &record.effort;
        assert_eq!(
            (effort.attempts, effort.service_us, effort.wasted_us),
            (6, 7_000, 700)
        );
        assert_eq!(effort.conflicts, [(Conflict::Deadlock, 3)].into());
        assert_eq!(effort.checkouts_by_tries, [(1, 1), (2, 1), (3, 1)].into());
        assert_eq!((record.contested, record.contested_lost), (21, 35));
        let messages: Vec<u64> = record.faults.messages.values().copied().collect();
        assert_eq!(messages, [2], "one kind, twice");
        assert_eq!(record.busy, Duration::from_secs(2), "the busiest lane");
        assert_eq!(record.elapsed_us(), 80_000);
        let told = record.told_of_all(4, 1);
        assert_eq!(
            told,
            [
                Outcome::Sold,
                Outcome::Failed,
                Outcome::Failed,
                Outcome::NotStarted
            ]
        );
        let timing = record.timing(&told, 1, &[]);
        assert_eq!(timing.latency[&Outcome::Failed].count(), 2);
        assert!(!timing.latency.contains_key(&Outcome::NotStarted));
        assert_eq!(timing.unrelated.count(), 0);
    }

    /// A flow of two steps has two outcomes a buyer, those of the first buyer first.
    #[test]
    fn each_step_has_an_outcome() {
        let step = |number, step| Buyer {
            step,
            ..buyer(number)
        };
        let sold = || checkout(1, [Attempt::Sold]);
        let sold_out = || checkout(1, [Attempt::SoldOut]);
        let mut record = Record::default();
        record.note(&step(1, 0), &sold_out(), 10, false);
        record.note(&step(0, 0), &sold(), 20, false);
        record.note(&step(0, 1), &sold_out(), 30, false);
        let told = record.told_of_all(2, 2);
        let not_started = Outcome::NotStarted;
        let expected = [
            Outcome::Sold,
            Outcome::SoldOut,
            Outcome::SoldOut,
            not_started,
        ];
        assert_eq!(told, expected);
        Tally::of(&told).assert_conserved(4);
        let timing = record.timing(&told, 2, &[]);
        assert_eq!(timing.latency[&Outcome::SoldOut].count(), 2);
    }

    /// An attempt that was lost by itself, or for good, has no SQLSTATE.
    #[test]
    fn sqlstates_are_counted_by_their_code() {
        let mut record = Record::default();
        let serialization = || Error::Conflict(Conflict::Serialization);
        let unheard_of = Error::Database {
            sqlstate: "54321".into(),
            message: String::new(),
        };
        let stale = Error::Conflict(Conflict::StaleVersion);
        let lost = Error::ConnectionLost(String::new());
        for error in [serialization(), stale, Error::RolledBack, lost] {
            record.count_sqlstate(&error);
        }
        for error in [serialization(), Error::CheckViolation, unheard_of] {
            record.count_sqlstate(&error);
        }
        let counted = [("23514", 1), ("40001", 2), ("54321", 1)];
        let counted = counted.map(|(code, n)| (code.to_owned(), n));
        assert_eq!(record.effort.sqlstates, counted.into());
    }
}
