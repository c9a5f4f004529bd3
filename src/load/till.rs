//! A till: one line to what is tested, at which one attempt after the other is made.

use std::sync::Arc;

use super::buyer::{Buyer, SoFar};
use super::client::{AtLine, LaneRecord};
use super::connect::persist;
use super::floor::Floor;
use super::line::{LineOpener, TillLine};
use super::patience::RECONNECT_MAX;
use super::stop::Reason;
use crate::flow::{Checkout, step_raised, step_told};
use crate::session::Error;
use crate::subject::{Attempt, Client as _};

pub(super) struct Till {
    floor: Arc<Floor>,
    opener: LineOpener,
    record: Arc<LaneRecord>,
    /// `None` stands for a line that was lost and is opened again for
    /// the next attempt.
    client: Option<AtLine>,
}

impl Till {
    pub(super) fn new(
        floor: Arc<Floor>,
        opener: LineOpener,
        record: Arc<LaneRecord>,
        line: TillLine,
    ) -> Self {
        let client = AtLine::new(line, &floor, &record);
        Self {
            floor,
            opener,
            record,
            client: Some(client),
        }
    }

    /// Serves the next buyer until every buyer has left, and gives the
    /// line back.
    pub(super) async fn serve(mut self) -> Option<TillLine> {
        self.floor.opened().await;
        while let Some(mut buyer) = self.floor.queue.next().await {
            let mut so_far = match buyer.so_far.take() {
                Some(so_far) => *so_far,
                None => SoFar::of(&buyer, self.floor.terms.retry),
            };
            let comes_again =
                self.is_open(&mut so_far.checkout).await && self.attempt(&buyer, &mut so_far).await;
            if comes_again {
                self.let_wait(buyer, so_far);
            } else {
                let is_unrelated = self.floor.wants_something_else(buyer.number);
                let now_us = self.floor.now_us();
                self.record
                    .lock()
                    .note(&buyer, &so_far, now_us, is_unrelated);
                if self.floor.contest.is_own() {
                    self.tell(&buyer, &so_far);
                }
                let counts = &self.record.counts;
                if so_far.checkout.tries > 0 {
                    counts.took_us(now_us.saturating_sub(buyer.arrived_us));
                }
                if !self.floor.go_on(&buyer, so_far.checkout.outcome) {
                    counts.left();
                }
            }
            // A run that stops refuses all buyers in the queue without a wait,
            // and the lane's other tills must go on meanwhile.
            tokio::task::consume_budget().await;
        }
        self.client.map(AtLine::into_line)
    }

    /// Whether the next attempt of a checkout can be made here. A run that
    /// stops makes no first attempts; a connection that cannot be opened again
    /// stops the run.
    async fn is_open(&mut self, checkout: &mut Checkout) -> bool {
        match self.floor.stop.reason() {
            Some(_) if checkout.tries == 0 => return false,
            Some(Reason::ServerLost(message)) => {
                checkout.refuse(Error::ConnectionLost(message));
                return false;
            }
            _ => {}
        }
        if self.client.is_none() {
            let again = persist(&self.opener, &self.floor, RECONNECT_MAX);
            match Box::pin(again).await {
                Ok(line) => {
                    let client = AtLine::new(line, &self.floor, &self.record);
                    self.client = Some(client);
                }
                Err(error) => {
                    let message = error.to_string();
                    self.floor.stop.now(Reason::ServerLost(message.clone()));
                    checkout.refuse(Error::ConnectionLost(message));
                    return false;
                }
            }
        }
        true
    }

    /// Makes an attempt, and answers whether there is to be another one.
    async fn attempt(&mut self, buyer: &Buyer, so_far: &mut SoFar) -> bool {
        let floor = &*self.floor;
        let client = self.client.as_mut().expect("opened by `is_open`");
        let began_us = floor.now_us();
        let cart = &floor.carts[buyer.number as usize];
        let attempt = client.attempt(cart, buyer.step, &mut so_far.memory).await;
        let service_us = floor.now_us().saturating_sub(began_us);
        let spent = &mut so_far.spent;
        spent.queued_us += began_us.saturating_sub(buyer.queued_us);
        spent.service_us += service_us;
        match attempt {
            Attempt::Conflict(_) => {
                spent.wasted_us += service_us;
                spent.contested_lost += u32::from(client.could_differ);
            }
            Attempt::Unknown(_) => {
                let asked = (buyer.number, buyer.step, client.backend());
                self.record.lock().in_doubt.push(asked);
            }
            Attempt::Sold | Attempt::SoldOut | Attempt::Failed(_) => {
                spent.contested += u32::from(client.could_differ);
            }
        }
        if client.is_lost {
            self.client = None;
        }
        so_far.checkout.take_in(attempt, floor.terms.max_tries)
    }

    /// Writes down what the buyer was told, for invariants to join.
    fn tell(&self, buyer: &Buyer, so_far: &SoFar) {
        let (
            floor,
            SoFar {
                checkout, memory, ..
            },
        ) = (&self.floor, so_far);
        if checkout.tries == 0 {
            return;
        }
        let cart = &floor.carts[buyer.number as usize];
        let step = u32::try_from(buyer.step).unwrap_or(u32::MAX);
        let place = (buyer.number, step);
        let told = step_told(place, &floor.operations, cart, checkout, memory);
        let mut record = self.record.lock();
        record.told.push(told);
        // A connection that broke is no answer of the script's.
        if !matches!(checkout.fault, Some(Error::ConnectionLost(_))) {
            record.raised.extend(step_raised(buyer.number, checkout));
        }
    }

    /// Sends a buyer to the end of the queue, after a pause that takes no till.
    fn let_wait(&self, mut buyer: Buyer, so_far: SoFar) {
        let floor = Arc::clone(&self.floor);
        let tries = so_far.checkout.tries;
        buyer.so_far = Some(Box::new(so_far));
        let pause = floor.scenario.pause(floor.run, buyer.number, tries);
        tokio::spawn(async move {
            floor.stop.sleep(pause).await;
            buyer.queued_us = floor.now_us();
            floor.queue.join(buyer);
        });
    }
}
