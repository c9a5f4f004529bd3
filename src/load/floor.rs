//! What all lanes of one run share.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::SetOnce;

use super::buyer::Buyer;
use super::contest::Contest;
use super::cpu;
use super::ground::GroundKind;
use super::overlap::Keys;
use super::progress::Progress;
use super::queue::Queue;
use super::shelves::Shelves;
use super::stop::Stop;
use crate::cell::Subject;
use crate::flow::{Terms, next_step};
use crate::scenario::{Arrival, Scenario};
use crate::shop::{Cart, Outcome, Sku};
use crate::subject::{self, contended_values};

/// The shop floor during one run.
pub(super) struct Floor {
    pub(super) scenario: Scenario,
    pub(super) terms: Terms,
    pub(super) run: u32,
    pub(super) carts: Vec<Cart>,
    pub(super) queue: Queue,
    pub(super) stop: Stop,
    /// What attempts contend for.
    pub(super) contest: Contest,
    /// The operations of a script on tables of the user's own, by name; those of a service where
    /// it has several.
    pub(super) operations: Vec<Arc<str>>,
    /// As [`Floor::one_of_each`].
    of_each: Option<Vec<Cart>>,
    pub(super) progress: Arc<Progress>,
    /// The product that most want, if one stands out.
    hot: Option<Sku>,
    opened: SetOnce<Instant>,
    /// The process's processor time when the last buyer left.
    cpu_at_end: OnceLock<Duration>,
}

impl Floor {
    /// With a closed door, before which all buyers stand if they come in a
    /// burst.
    ///
    /// # Panics
    /// If the mix or the key of the scenario is none for the subject, which the plan refuses.
    pub(super) fn new(
        scenario: &Scenario,
        terms: Terms,
        run: u32,
        kind: GroundKind,
        stop: Stop,
        progress: Arc<Progress>,
    ) -> Self {
        let (mut operations, mut of_each) = (Vec::new(), None);
        let (carts, contest) = match kind {
            GroundKind::Shop => (scenario.carts(run), Contest::Shop(Shelves::of(scenario))),
            GroundKind::Service { operations: named } => {
                let weights = scenario.mix.weights(&named).expect("a mix of these");
                let carts = callers(scenario, run, &weights);
                if named.len() > 1 {
                    operations = named;
                }
                let contest = Contest::Own(of_products(&carts));
                (carts, contest)
            }
            GroundKind::Own { warms_up } => {
                let subject = terms.cell.subject;
                operations = subject::operations(subject).expect("a script");
                let weights = scenario.mix.weights(&operations).expect("a mix of these");
                let actors = scenario.actors(run, &weights);
                let keys = keys(scenario, subject, &actors);
                of_each = Some(match warms_up {
                    true => one_of_each(&actors, operations.len()),
                    false => Vec::new(),
                });
                (actors, Contest::Own(keys))
            }
        };
        let floor = Self {
            terms,
            run,
            queue: Queue::of(carts.len()),
            stop,
            contest,
            operations,
            of_each,
            progress,
            hot: scenario.hot_product().filter(|_| has_lines(&carts)),
            opened: SetOnce::new(),
            cpu_at_end: OnceLock::new(),
            scenario: scenario.clone(),
            carts,
        };
        if scenario.arrival == Arrival::Burst {
            (0..scenario.buyers).for_each(|number| floor.arrive(number, Duration::ZERO));
        }
        floor
    }

    /// The buyer that was to come at `offset` after the doors' opening joins the queue.
    pub(super) fn arrive(&self, number: u32, offset: Duration) {
        self.queue.join(Buyer {
            number,
            step: 0,
            arrived_us: micros(offset),
            queued_us: self.now_us(),
            so_far: None,
        });
    }

    /// A buyer whose step ended well goes on to the next one, if there is one: it arrives
    /// there and then. Any other buyer leaves the shop. Answers whether there is a next
    /// step.
    pub(super) fn go_on(&self, buyer: &Buyer, outcome: Outcome) -> bool {
        let Some(step) = next_step(buyer.step, outcome, self.terms.steps()) else {
            self.leave();
            return false;
        };
        let now_us = self.now_us();
        self.queue.join(Buyer {
            number: buyer.number,
            step,
            arrived_us: now_us,
            queued_us: now_us,
            so_far: None,
        });
        true
    }

    /// On tables of the user's own, an actor of each operation, to warm connections up with;
    /// none once the doors are open, or where nothing that they leave could be put back.
    pub(super) fn one_of_each(&self) -> Option<&[Cart]> {
        let is_warm = self.opened.get().is_none();
        let actors = self.of_each.as_deref()?;
        Some(if is_warm { actors } else { &[] })
    }

    /// Opens the doors: from here on time counts.
    pub(super) fn open(&self) -> Instant {
        let now = Instant::now();
        self.opened.set(now).expect("the doors open once");
        now
    }

    /// Waits until the doors open.
    pub(super) async fn opened(&self) {
        self.opened.wait().await;
    }

    /// Microseconds since the doors opened.
    pub(super) fn now_us(&self) -> u64 {
        self.opened.get().map_or(0, |at| micros(at.elapsed()))
    }

    pub(super) async fn pause(&self, pause_us: u64) {
        let pause = Duration::from_micros(pause_us);
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }

    /// Whether one product stands out, and this buyer does not want it.
    pub(super) fn wants_something_else(&self, buyer: u32) -> bool {
        let lines = &self.carts[buyer as usize].lines;
        self.hot
            .is_some_and(|hot| lines.iter().all(|line| line.sku != hot))
    }

    /// One buyer leaves the shop.
    fn leave(&self) {
        if self.queue.leave() {
            self.cpu_at_end.get_or_init(cpu::taken);
        }
    }

    /// The process's processor time when the last buyer left.
    pub(super) fn cpu_at_end(&self) -> Duration {
        let at_end = self.cpu_at_end.get().copied();
        at_end.expect("asked once each buyer has left")
    }
}

/// The buyers of a service: each has a cart, and carries out one operation.
fn callers(scenario: &Scenario, run: u32, weights: &[u32]) -> Vec<Cart> {
    let carts = scenario.carts(run).into_iter();
    let actors = scenario.actors(run, weights).into_iter();
    let caller = |(cart, actor): (Cart, Cart)| Cart {
        operation: actor.operation,
        ..cart
    };
    carts.zip(actors).map(caller).collect()
}

/// The first actor of each of so many operations, where there is one.
fn one_of_each(actors: &[Cart], operations: usize) -> Vec<Cart> {
    let of = |operation| {
        let mut actors = actors.iter();
        actors
            .find(|actor| actor.operation as usize == operation)
            .cloned()
    };
    (0..operations).filter_map(of).collect()
}

/// Actors of a script on tables of the user's own want no product.
fn has_lines(carts: &[Cart]) -> bool {
    carts.first().is_some_and(|cart| !cart.lines.is_empty())
}

/// Buyers at a service are in each other's way where they want the same product.
fn of_products(carts: &[Cart]) -> Keys {
    let product = |cart: &Cart| Some(cart.lines.first()?.sku.0.to_string());
    Keys::of(&carts.iter().map(product).collect::<Vec<_>>())
}

fn keys(scenario: &Scenario, subject: Subject, actors: &[Cart]) -> Keys {
    let Some(key) = &scenario.key else {
        return Keys::alike();
    };
    let values = contended_values(key, subject, actors, scenario.think_time_us);
    Keys::of(&values.expect("a key of these"))
}

pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
