//! What one attempt has at stake: by this it knows whether its answer could have been
//! another one.

use crate::effect::{Effect, Kind, Rows};
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
/// alone, whatever was seen of the others. An attempt that is sold says nothing:
/// either there was enough for it, or the ledger shows that there was not.
pub(super) struct Stake<'s> {
    shelves: &'s Shelves,
    cart: &'s Cart,
    /// Products that were touched, and of them those that were there, by their
    /// place among the lines of
    /// the cart; places from 64 on count as not there.
    touched: u64,
    there: u64,
    is_open: bool,
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
            is_open: false,
            has_written: false,
            has_promised: false,
        }
    }

    /// The attempt is about to send this statement. COMMIT after a write is a
    /// promise.
    pub(super) fn note(&mut self, effect: Effect<'_>) {
        match effect.kind {
            Kind::Begin => (self.is_open, self.has_written) = (true, false),
            Kind::Commit if self.has_written => self.promise(),
            _ => {}
        }
        match effect.rows {
            Rows::Product(sku) => self.touch(sku),
            // A statement that may look at anything has looked at the one product of the cart.
            // Which of several it looked at is not known: of those nothing is a sign.
            Rows::All => {
                let cart = self.cart;
                let mut wanted = cart.wanted();
                if let (Some((sku, _)), None) = (wanted.next(), wanted.next()) {
                    self.touch(sku);
                }
            }
            Rows::None | Rows::Order(_) => {}
        }
        self.has_written |= effect.kind.writes();
    }

    /// The statement was carried out. Outside a transaction the first write that
    /// changed a row is the promise: it cannot be known any earlier.
    pub(super) fn note_reply(&mut self, reply: &Reply) {
        let has_changed = !matches!(reply, Reply::Rows { affected: 0, .. });
        if self.has_written && !self.is_open && has_changed {
            self.promise();
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
        let mut lacking = 0;
        for (sku, units) in self.cart.wanted() {
            if !self.shelves.hold(sku, units) {
                lacking += 1;
                let place = self.place(sku);
                if place.is_none_or(|place| self.there & 1 << place == 0) {
                    return false;
                }
            }
        }
        lacking > 0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use std::sync::atomic::Ordering;

    use super::*;
    use crate::session::Error;
    use crate::shop::{CheckoutKey, Conflict, Isolation, Line};
    use crate::statement::{Statement, TextStatement};

    fn shelves(products: u32, supply: i64) -> Shelves {
        Shelves::new(products, supply)
    }

    fn cart(lines: &[(u32, u32)]) -> Cart {
        let line = |&(sku, units): &(u32, u32)| Line {
            sku: Sku(sku),
            units,
        };
        Cart {
            buyer: 0,
            key: CheckoutKey(1),
            lines: lines.iter().map(line).collect(),
            operation: 0,
        }
    }

    const BEGIN: Statement = Statement::Begin(Isolation::ReadCommitted);

    fn read(sku: u32) -> Statement {
        Statement::ReadStock(Sku(sku))
    }

    fn take(sku: u32) -> Statement {
        let (sku, units) = (Sku(sku), 1);
        Statement::TakeStock { sku, units }
    }

    /// Sends these statements, of which each touches one row.
    fn send(stake: &mut Stake<'_>, statements: &[Statement]) {
        for statement in statements {
            stake.note(statement.effect());
            stake.note_reply(&Reply::affected(1));
        }
    }

    /// Another buyer buys this.
    fn buy(shelves: &Shelves, bought: &Cart) {
        let mut stake = Stake::of(shelves, bought);
        send(&mut stake, &[BEGIN, take(1), Statement::Commit]);
        assert!(!stake.end(&Attempt::Sold), "a sale is no sign");
    }

    /// How many of ten units of two products others bought before an attempt
    /// read them, between its two reads, and after them, and how it ended.
    #[test]
    fn a_sign_is_an_attempt_that_saw_what_it_lacks() {
        let refused = [Attempt::SoldOut, Attempt::Conflict(Conflict::Serialization)];
        let [one, two] = [cart(&[(1, 1)]), cart(&[(2, 1)])];
        for (before, between, after) in (0..=10).flat_map(|before| {
            (0..=10).flat_map(move |between| (0..=10).map(move |after| (before, between, after)))
        }) {
            for (bought, seen_early) in [(&one, true), (&two, false)] {
                for attempt in &refused {
                    let shelves = shelves(2, 10);
                    let both = cart(&[(1, 1), (2, 1)]);
                    let buy = |times| (0..times).for_each(|_| buy(&shelves, bought));
                    buy(before);
                    let mut stake = Stake::of(&shelves, &both);
                    send(&mut stake, &[BEGIN, read(1)]);
                    buy(between);
                    send(&mut stake, &[read(2)]);
                    buy(after);
                    let seen_at = if seen_early { before } else { before + between };
                    let is_sign = seen_at < 10 && before + between + after >= 10;
                    assert_eq!(stake.end(attempt), is_sign, "{before} {between} {after}");
                }
            }
        }
    }

    /// A product that was gone before the first look, or that was never looked
    /// at, decides alone: a stale look at the other one changes nothing.
    #[test]
    fn a_product_that_was_gone_before_decides_alone() {
        let both = cart(&[(1, 1), (2, 1)]);
        for looks in [&[read(1)][..], &[read(1), read(2)]] {
            let shelves = shelves(2, 1);
            buy(&shelves, &cart(&[(2, 1)]));
            let mut stake = Stake::of(&shelves, &both);
            send(&mut stake, looks);
            buy(&shelves, &cart(&[(1, 1)]));
            assert!(!stake.end(&Attempt::SoldOut));
        }
    }

    /// Just enough for both is no race, and neither is a fault.
    #[test]
    fn enough_for_all_and_faults_are_no_signs() {
        for (supply, units, attempt) in [
            (10, 5, Attempt::SoldOut),
            (10, 5, Attempt::Conflict(Conflict::StaleVersion)),
            (9, 5, Attempt::Failed(Error::CheckViolation)),
            (9, 5, Attempt::Unknown(Error::CheckViolation)),
            (9, 5, Attempt::Sold),
        ] {
            let (shelves, cart) = (shelves(1, supply), cart(&[(1, units)]));
            let mut stake = Stake::of(&shelves, &cart);
            send(&mut stake, &[read(1)]);
            buy(&shelves, &cart);
            assert!(!stake.end(&attempt), "{supply} {attempt:?}");
        }
    }

    /// What counts as sold, statement by statement: COMMIT after a write once it
    /// is sent, and a write outside a transaction once it changed a row; a COMMIT
    /// that failed is taken back, and one in doubt is not.
    #[test]
    fn a_promise_is_made_with_the_commit() {
        let order = cart(&[(1, 1)]);
        let promised = |statements: &[Statement], rows, end: Option<Attempt>| {
            let shelves = shelves(1, 10);
            let mut stake = Stake::of(&shelves, &order);
            for statement in statements {
                stake.note(statement.effect());
                stake.note_reply(&Reply::affected(rows));
            }
            if let Some(attempt) = end {
                stake.end(&attempt);
            }
            shelves.promised(Sku(1)).load(Ordering::Relaxed)
        };
        let whole = [
            BEGIN,
            take(1),
            Statement::PlaceOrder(order.clone()),
            Statement::Commit,
        ];
        assert_eq!(promised(&whole[..3], 1, None), 0);
        assert_eq!(promised(&whole, 1, None), 1);
        let outside = [BEGIN, read(1), Statement::Commit, BEGIN, take(1)];
        assert_eq!(
            promised(&outside, 1, None),
            0,
            "a check in its own transaction"
        );
        let autocommit = [take(1), Statement::PlaceOrder(order.clone())];
        assert_eq!(promised(&autocommit[..1], 0, None), 0, "it was refused");
        assert_eq!(promised(&autocommit, 1, None), 1, "once");
        let lost = Error::ConnectionLost(String::new());
        for (attempt, left) in [
            (Attempt::Sold, 1),
            (Attempt::Unknown(lost.clone()), 1),
            (Attempt::Failed(lost), 0),
            (Attempt::Conflict(Conflict::Serialization), 0),
        ] {
            assert_eq!(
                promised(&whole, 1, Some(attempt.clone())),
                left,
                "{attempt:?}"
            );
        }
    }

    /// Units above the supply are oversold, each told once, product by product; only
    /// what was confirmed counts.
    #[test]
    fn each_oversold_unit_is_told_once() {
        let (shelves, order) = (shelves(2, 10), cart(&[(1, 4), (2, 1), (1, 4)]));
        let sale = |attempt, is_written: bool| {
            let mut stake = Stake::of(&shelves, &order);
            let statements = [BEGIN, take(1), Statement::Commit];
            send(&mut stake, &statements[..if is_written { 3 } else { 1 }]);
            let Sale { units, oversold } = stake.sale(&attempt);
            (units, oversold)
        };
        let lost = || Attempt::Unknown(Error::CheckViolation);
        assert_eq!(sale(Attempt::SoldOut, true), (0, 0));
        assert_eq!(sale(lost(), true), (0, 0));
        assert_eq!(sale(Attempt::Sold, false), (0, 0));
        let oversold = [0, 6, 8].map(|oversold| (9, oversold));
        assert_eq!([(); 3].map(|()| sale(Attempt::Sold, true)), oversold);
    }

    /// Of text it is not known which of several products it looks at.
    #[test]
    fn text_has_looked_at_the_one_product_of_a_cart_and_at_none_of_several() {
        let text = || {
            Statement::Sql(Arc::new(TextStatement {
                sql: "take it".into(),
                values: Vec::new(),
                bound: None,
                line: 1,
            }))
        };
        for (lines, is_sign) in [
            (&[(1, 1)][..], true),
            (&[(1, 1), (1, 1)], true),
            (&[(1, 1), (2, 1)], false),
        ] {
            let shelves = shelves(2, 2);
            let wanted = cart(lines);
            let mut stake = Stake::of(&shelves, &wanted);
            stake.note(text().effect());
            for bought in [cart(&[(1, 2)]), cart(&[(2, 2)])] {
                buy(&shelves, &bought);
            }
            assert_eq!(stake.end(&Attempt::SoldOut), is_sign, "{lines:?}");
        }
    }

    /// The same product on two lines wants the sum of both.
    #[test]
    fn lines_of_one_product_add_up() {
        let twice = cart(&[(1, 1), (1, 1)]);
        for (supply, is_sign) in [(2, true), (1, false)] {
            let shelves = shelves(1, supply);
            let mut stake = Stake::of(&shelves, &twice);
            send(&mut stake, &[read(1)]);
            buy(&shelves, &cart(&[(1, 1)]));
            assert_eq!(stake.end(&Attempt::SoldOut), is_sign, "{supply}");
        }
    }
}
