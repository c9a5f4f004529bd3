//! The deadly steps of a schedule that breaks something: what a buyer believes, and what
//! is true by then.

use std::collections::BTreeMap;

use super::text_touch::{self as text, Touched};
use crate::effect::Touch;
use crate::explore::trace::{Happening, Step, Trace};
use crate::report::facts::words;
use crate::shop::{Outcome, Sku};
use crate::statement::Reply;

/// For each step of a schedule, in words, why it is deadly: `A still believes 1, and
/// overwrites B's 0`. `None` where it is not; nowhere anything, where the schedule breaks
/// nothing. Each caption names its buyer, since a step may set another buyer free.
pub(in crate::report) fn captions(trace: &Trace) -> Vec<Option<String>> {
    if trace.proven.is_empty() {
        return vec![None; trace.steps.len()];
    }
    let mut walk = Walk::new(trace);
    let steps = trace.steps.iter().enumerate();
    steps.map(|(at, step)| walk.step(at, step)).collect()
}

/// A stock that a buyer read.
#[derive(Clone, Copy)]
struct Belief {
    stock: i64,
    /// The step in which the answer came.
    at: usize,
}

/// What is known at a step.
struct Walk<'t> {
    trace: &'t Trace,
    /// Whether the statements are only text: then what they say is read from it.
    is_text: bool,
    /// What the statement of a buyer touches that is not answered yet.
    asked: BTreeMap<char, Touched>,
    beliefs: BTreeMap<(char, Sku), Belief>,
    /// Each committed change of a product's stock: the step, and the buyer that made it.
    changes: Vec<(Sku, usize, char)>,
    stock: BTreeMap<Sku, i64>,
}

impl<'t> Walk<'t> {
    fn new(trace: &'t Trace) -> Self {
        let supplies = trace.accounts.iter().map(|a| (a.sku, a.supply));
        Self {
            trace,
            is_text: trace.steps.iter().all(|step| step.touch.is_none()),
            asked: BTreeMap::new(),
            beliefs: BTreeMap::new(),
            changes: Vec::new(),
            stock: supplies.collect(),
        }
    }

    fn step(&mut self, at: usize, step: &Step) -> Option<String> {
        if let Some(touched) = self.touched(step) {
            self.asked.insert(step.buyer, touched);
        }
        let mut said = self.commit(at, step);
        if step.sql.is_none() {
            said.extend(self.leak(step.buyer));
        }
        for happening in &step.happenings {
            let Happening::Reply { buyer, reply } = happening else {
                continue;
            };
            let touched = self.asked.remove(buyer);
            match (touched, reply) {
                (Some(touched), Ok(reply)) => said.extend(self.answer(at, *buyer, touched, reply)),
                (_, Err(_)) => said.extend(self.leak(*buyer)),
                (None, Ok(_)) => {}
            }
        }
        (!said.is_empty()).then(|| said.join("; "))
    }

    /// Notes what others can see from now on; says where a stock fell below zero.
    fn commit(&mut self, at: usize, step: &Step) -> Vec<String> {
        let mut said = Vec::new();
        for (sku, now) in &step.stock {
            let before = self.stock.insert(*sku, *now).unwrap_or(*now);
            if before != *now {
                self.changes.push((*sku, at, step.buyer));
            }
            if *now < 0 && *now < before {
                said.push(format!("the stock{} falls to {now}", self.of(*sku)));
            }
        }
        said
    }

    /// An answer: a stock that was read is believed from now on, and a change may rest
    /// on a belief.
    fn answer(&mut self, at: usize, buyer: char, of: Touched, reply: &Reply) -> Option<String> {
        let Touched { touch, is_read } = of;
        let key = (buyer, touch.sku);
        let stock = match self.is_text {
            false => reply.as_stock().map(|row| row.stock),
            true => text::stock(reply).filter(|_| is_read),
        };
        if let Some(stock) = stock {
            self.beliefs.insert(key, Belief { stock, at });
        }
        if is_read || stock.is_some() {
            return None;
        }
        let belief = *self.beliefs.get(&key)?;
        let Reply::Rows { affected, .. } = reply else {
            return None;
        };
        match (affected, self.changed_since(buyer, touch.sku, belief.at)) {
            (0, _) => (self.sells(buyer) && !self.touches_later(buyer, touch.sku, at))
                .then(|| format!("{buyer} changed no row, and sells all the same")),
            (_, Some(other)) => Some(self.stale(buyer, touch, belief.stock, other)),
            (_, None) => touch
                .sets
                .filter(|stock| *stock < 0)
                .map(|_| format!("{buyer} saw {}, and sells all the same", belief.stock)),
        }
    }

    fn stale(&self, buyer: char, touch: Touch, believed: i64, other: char) -> String {
        let (of, left) = (self.of(touch.sku), self.stock[&touch.sku]);
        match touch.sets {
            Some(_) => {
                format!("{buyer} still believes {believed}{of}, and overwrites {other}'s {left}")
            }
            None => format!("{buyer} still believes {believed}{of}, and {other} left {left}"),
        }
    }

    /// A buyer that fails, or whose connection is cut, after its change of the stock was committed.
    fn leak(&self, buyer: char) -> Option<String> {
        let (sku, ..) = self.changes.iter().find(|(_, _, by)| *by == buyer)?;
        let of = self.of(*sku);
        (!self.sells(buyer)).then(|| format!("{buyer} took from the stock{of}, and has no order"))
    }

    /// The last other buyer whose change of the product was committed after a step.
    fn changed_since(&self, buyer: char, sku: Sku, step: usize) -> Option<char> {
        let is = |(of, at, by): &&(Sku, usize, char)| *of == sku && *at > step && *by != buyer;
        self.changes.iter().rfind(is).map(|(_, _, by)| *by)
    }

    fn touches_later(&self, buyer: char, sku: Sku, at: usize) -> bool {
        let is_same = |of: Touched| of.touch.sku == sku && !of.is_read;
        let touches = |step: &Step| self.touched(step).is_some_and(is_same);
        let mut later = self.trace.steps[at + 1..].iter();
        later.any(|step| step.buyer == buyer && touches(step))
    }

    /// What a step touches of a product.
    fn touched(&self, step: &Step) -> Option<Touched> {
        if !self.is_text {
            let touch = step.touch?;
            // Of a statement that is known the reply says whether it has read.
            return Some(Touched {
                touch,
                is_read: false,
            });
        }
        let skus: Vec<Sku> = self.stock.keys().copied().collect();
        text::touched(step.sql.as_deref()?, &skus)
    }

    fn sells(&self, buyer: char) -> bool {
        words::told(self.trace).contains(&(buyer, Outcome::Sold))
    }

    /// Names the product where there are several.
    fn of(&self, sku: Sku) -> String {
        match self.trace.accounts.len() {
            0 | 1 => String::new(),
            _ => format!(" of {sku}"),
        }
    }
}
