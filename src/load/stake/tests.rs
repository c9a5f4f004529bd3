use std::sync::Arc;

use std::sync::atomic::Ordering;

use super::*;
use crate::session::Error;
use crate::shop::{CheckoutKey, Conflict, Isolation, Line};
use crate::statement::{Statement, TextLook, TextReach, TextStatement};

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

/// Text that may look at anything has looked at the one product of a cart, and at none
/// of several; text of which it is known has looked at that, however many there are.
#[test]
fn text_has_looked_at_what_is_known_of_it() {
    let (one, twice, both) = (&[(1, 1)][..], &[(1, 1), (1, 1)][..], &[(1, 1), (2, 1)][..]);
    let unknown = || TextLook::Unknown;
    let at = |products: &[u32]| TextLook::Products(products.iter().copied().map(Sku).collect());
    for (lines, looks, is_sign) in [
        (one, vec![unknown()], true),
        (twice, vec![unknown()], true),
        (both, vec![unknown()], false),
        (one, vec![at(&[])], false),
        (one, vec![at(&[1])], true),
        (twice, vec![at(&[1])], true),
        (both, vec![at(&[1])], false),
        (both, vec![at(&[2])], false),
        (both, vec![at(&[2]), unknown(), at(&[1])], true),
        (both, vec![at(&[1, 2])], true),
    ] {
        let shelves = shelves(2, 2);
        let wanted = cart(lines);
        let mut stake = Stake::of(&shelves, &wanted);
        for look in &looks {
            let text = Statement::Sql(Arc::new(TextStatement {
                sql: "take it".into(),
                values: Vec::new(),
                bound: None,
                changes: true,
                look: look.clone(),
                reach: TextReach::Query,
                line: 1,
            }));
            stake.note(text.effect());
        }
        for bought in [cart(&[(1, 2)]), cart(&[(2, 2)])] {
            buy(&shelves, &bought);
        }
        assert_eq!(stake.end(&Attempt::SoldOut), is_sign, "{lines:?} {looks:?}");
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

fn text(changes: bool) -> Statement {
    Statement::Sql(Arc::new(TextStatement {
        sql: "take it".into(),
        values: Vec::new(),
        bound: None,
        changes,
        look: TextLook::Products(vec![Sku(1)]),
        reach: TextReach::Query,
        line: 1,
    }))
}

/// A COMMIT promises what was written since its BEGIN; text that changes nothing by its
/// words is no write, in a transaction or outside.
#[test]
fn a_check_by_text_promises_nothing() {
    let order = cart(&[(1, 1)]);
    for (statements, promised) in [
        (vec![BEGIN, text(false), Statement::Commit], 0),
        (vec![BEGIN, text(true), Statement::Commit], 1),
        (
            vec![
                BEGIN,
                text(true),
                Statement::Rollback,
                BEGIN,
                Statement::Commit,
            ],
            0,
        ),
        (vec![text(false)], 0),
        (vec![text(true)], 1),
        (vec![BEGIN, read(1), Statement::Commit, text(true)], 1),
    ] {
        let shelves = shelves(1, 10);
        let mut stake = Stake::of(&shelves, &order);
        send(&mut stake, &statements);
        let found = shelves.promised(Sku(1)).load(Ordering::Relaxed);
        assert_eq!(found, promised, "{statements:?}");
    }
    let shelves = shelves(1, 10);
    let mut stake = Stake::of(&shelves, &order);
    stake.note(text(true).effect());
    stake.note_reply(&Reply::affected(0));
    send(&mut stake, &[text(false)]);
    let found = shelves.promised(Sku(1)).load(Ordering::Relaxed);
    assert_eq!(
        found, 0,
        "a write that changed nothing, and a read that found a row"
    );
}

/// A transaction that is lost is a sign of what it looked at itself. Of a look before it
/// only if the product went before it began: the database lets others into that gap.
#[test]
fn a_lost_transaction_says_nothing_of_a_look_before_it() {
    let lost = || Attempt::Conflict(Conflict::Serialization);
    let bought = cart(&[(1, 2)]);
    let check = [BEGIN, read(1), Statement::Commit];
    let is_sign = |first: &[Statement], last: &[Statement], goes_between: bool, end: Attempt| {
        let (shelves, wanted) = (shelves(1, 2), cart(&[(1, 1)]));
        let mut stake = Stake::of(&shelves, &wanted);
        send(&mut stake, first);
        let times = [goes_between, !goes_between];
        times[0].then(|| buy(&shelves, &bought));
        send(&mut stake, last);
        times[1].then(|| buy(&shelves, &bought));
        stake.end(&end)
    };
    for outside in [vec![BEGIN, take(1)], vec![take(1)], vec![text(true)]] {
        assert!(!is_sign(&check, &outside, false, lost()), "{outside:?}");
        assert!(is_sign(&check, &outside, true, lost()), "{outside:?}");
        assert!(is_sign(&[], &outside, false, lost()), "{outside:?}");
        assert!(!is_sign(&[], &outside, true, lost()), "{outside:?}");
        assert!(
            is_sign(&check, &outside, false, Attempt::SoldOut),
            "{outside:?}"
        );
    }
    assert!(is_sign(&[BEGIN, read(1)], &[take(1)], false, lost()));
    assert!(is_sign(&[BEGIN, read(1)], &[take(1)], true, lost()));
}
