//! What one attempt has at stake: by this it knows whether its answer could have been
//! another one.

use crate::effect::{Effect, Kind, Looks};
use crate::shop::{Cart, Sku};
use crate::statement::Reply;
use crate::subject::Attempt;

use super::shelves::{Sale, Shelves};

/// What one attempt has at stake.
///
/// Its answer could have been another one if it was refused, or lost to
/// concurrency, and every product of which there is too little by then was still
/// there when the attempt first touched it, even if every COMMIT that was under
/// way became a sale. Then the COMMIT that took the last units was sent after
/// that first look: a checkout that decides by what it has seen would have sold
/// them again. A product that was gone before the first look decides the answer
/// alone, whatever was seen of the others.
///
/// A transaction that is lost says nothing of a look before it: the database kept
/// others out of that transaction, and not out of the time between the two. So an
/// attempt that looked in an earlier transaction and was lost in a later one counts only
/// if the product went in between. An attempt that is sold says nothing:
/// either there was enough for it, or the ledger shows that there was not.
pub(super) struct Stake<'s> {
    shelves: &'s Shelves,
    cart: &'s Cart,
    /// Products that were touched, and of them those that were there, by their
    /// place among the lines of
    /// the cart; places from 64 on count as not there.
    touched: u64,
    there: u64,
    /// Products that were touched before the last transaction began and that it still found.
    found_again: u64,
    is_open: bool,
    is_writing: bool,
    has_written: bool,
    has_promised: bool,
}

impl<'s> Stake<'s> {
    pub(super) const fn of(shelves: &'s Shelves, cart: &'s Cart) -> Self {
        Self {
            shelves,
            cart,
            touched: 0,
            there: 0,
            found_again: 0,
            is_open: false,
            is_writing: false,
            has_written: false,
            has_promised: false,
        }
    }

    /// The attempt is about to send this statement. COMMIT after a write is a
    /// promise.
    pub(super) fn note(&mut self, effect: Effect<'_>) {
        if effect.kind == Kind::Begin || !self.is_open && !effect.kind.is_control() {
            self.begin();
        }
        match effect.kind {
            Kind::Begin => (self.is_open, self.has_written) = (true, false),
            Kind::Commit | Kind::Rollback => {
                if effect.kind == Kind::Commit && self.has_written {
                    self.promise();
                }
                (self.is_open, self.has_written) = (false, false);
            }
            _ => {}
        }
        match effect.looks {
            Looks::At(products) => {
                for sku in products {
                    self.touch(*sku);
                }
            }
            // What may look at anything has looked at the one product of the cart. Which of
            // several it looked at is not known: it counts as a look at none.
            Looks::Unknown => {
                let cart = self.cart;
                let mut wanted = cart.wanted();
                if let (Some((sku, _)), None) = (wanted.next(), wanted.next()) {
                    self.touch(sku);
                }
            }
        }
        self.is_writing = effect.changes;
        self.has_written |= effect.changes;
    }

    /// The statement was carried out. Outside a transaction the first write that
    /// changed a row is the promise: it cannot be known any earlier.
    pub(super) fn note_reply(&mut self, reply: &Reply) {
        let has_changed = !matches!(reply, Reply::Rows { affected: 0, .. });
        if self.is_writing && !self.is_open && has_changed {
            self.promise();
        }
    }

    /// A transaction begins, be it one of a statement of its own.
    fn begin(&mut self) {
        self.found_again = 0;
        for (sku, units) in self.cart.wanted() {
            let place = self.place(sku);
            let touched = place.filter(|place| self.touched & 1 << place != 0);
            if let Some(place) = touched {
                self.found_again |= u64::from(self.shelves.hold(sku, units)) << place;
            }
        }
    }

    fn touch(&mut self, sku: Sku) {
        let Some(place) = self.place(sku) else { return };
        if self.touched & 1 << place == 0 {
            self.touched |= 1 << place;
            let is_there = self.shelves.hold(sku, self.cart.wants(sku));
            self.there |= u64::from(is_there) << place;
        }
    }

    /// The bit of a product: the place of its first line.
    fn place(&self, sku: Sku) -> Option<usize> {
        let lines = self.cart.lines.iter().take(u64::BITS as usize);
        lines.into_iter().position(|line| line.sku == sku)
    }

    fn promise(&mut self) {
        if !std::mem::replace(&mut self.has_promised, true) {
            self.shelves.promise(self.cart);
        }
    }

    /// What the attempt sold, now that it is over: nothing, where its COMMIT was not
    /// confirmed. Counts it as sold, so it is to be asked once.
    pub(super) fn sale(&self, attempt: &Attempt) -> Sale {
        match attempt {
            Attempt::Sold if self.has_promised => self.shelves.sell(self.cart),
            _ => Sale::default(),
        }
    }

    /// The attempt is over. Answers whether its answer could have been another
    /// one. A promise whose sale is in doubt stays: it may have been kept.
    pub(super) fn end(self, attempt: &Attempt) -> bool {
        let is_kept = matches!(attempt, Attempt::Sold | Attempt::Unknown(_));
        if self.has_promised && !is_kept {
            self.shelves.take_back(self.cart);
        }
        if !matches!(attempt, Attempt::SoldOut | Attempt::Conflict(_)) {
            return false;
        }
        let seen = match attempt {
            Attempt::Conflict(_) => self.there & !self.found_again,
            _ => self.there,
        };
        let mut lacking = 0;
        for (sku, units) in self.cart.wanted() {
            if !self.shelves.hold(sku, units) {
                lacking += 1;
                let place = self.place(sku);
                if place.is_none_or(|place| seen & 1 << place == 0) {
                    return false;
                }
            }
        }
        lacking > 0
    }
}

#[cfg(test)]
mod tests;
