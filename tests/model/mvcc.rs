//! The model of PostgreSQL: truths derived by hand, and properties.
//!
//! Sessions are 0, 1, 2, ...; product 1 has the stock that each test names.
//! `tests/model/mvcc_postgres.rs` holds the same model against a real server.

use crate::support::mvcc::*;
use checkout_sim::event::Event;
use checkout_sim::mvcc::Store;
use checkout_sim::oracle::Ledger;
use checkout_sim::session::Error;
use checkout_sim::shop::{Conflict, Isolation, Sku};
use checkout_sim::statement::Reply;
use checkout_sim::statement::Statement::{Begin, Commit, LockStock, ReadStock, Rollback, Think};

const RC: Isolation = Isolation::ReadCommitted;
const RR: Isolation = Isolation::RepeatableRead;

/// Both read 1, both write 0, both sell: nothing stops them.
#[test]
fn read_committed_loses_an_update() {
    let mut store = open(&[(1, 1)], RC, 2);
    for session in [0, 1] {
        assert_eq!(store.execute(session, ReadStock(P)), [row(session, 1, 0)]);
    }
    assert_eq!(store.execute(0, write(0)), [rows(0, 1)]);
    assert_eq!(store.execute(1, write(0)), [blocked(1, &[0])]);
    assert_eq!(store.blockers(1), [0]);
    assert_eq!(store.execute(0, Commit), [done(0), rows(1, 1)]);
    assert_eq!(store.execute(1, Commit), [done(1)]);
    assert_eq!(store.stock(P), 0);
}

#[test]
fn repeatable_read_refuses_the_second_writer_after_a_wait() {
    let mut store = open(&[(1, 1)], RR, 2);
    store.execute(1, ReadStock(P));
    store.execute(0, write(0));
    assert_eq!(store.execute(1, write(0)), [blocked(1, &[0])]);
    assert_eq!(
        store.execute(0, Commit),
        [done(0), lost(1, Conflict::Serialization)]
    );
}

/// The holder has changed nothing in the end, so the waiter goes on.
#[test]
fn repeatable_read_goes_on_after_a_rollback_or_a_mere_lock() {
    for (first, end) in [(write(0), Rollback), (LockStock(P), Commit)] {
        let mut store = open(&[(1, 1)], RR, 2);
        store.execute(1, ReadStock(P));
        store.execute(0, first);
        assert_eq!(store.execute(1, take(1)), [blocked(1, &[0])]);
        assert_eq!(store.execute(0, end), [done(0), rows(1, 1)]);
        store.execute(1, Commit);
        assert_eq!(store.stock(P), 0);
    }
}

/// Session 1 sees version 0; version 1 is committed; session 2 holds version 1.
/// Session 1 can never win, and does not wait to hear it.
#[test]
fn repeatable_read_fails_at_once_where_it_cannot_win() {
    for statement in [write(5), take(1), LockStock(P)] {
        let mut store = open(&[(1, 9)], RR, 3);
        store.execute(1, ReadStock(P));
        store.execute(0, take(1));
        store.execute(0, Commit);
        store.execute(2, take(1));
        assert_eq!(
            store.execute(1, statement),
            [lost(1, Conflict::Serialization)]
        );
    }
}

#[test]
fn the_snapshot_is_taken_by_the_first_query_and_not_by_begin() {
    let mut store = open(&[(1, 5)], RR, 2);
    store.execute(1, Think);
    store.execute(0, take(2));
    store.execute(0, Commit);
    assert_eq!(store.execute(1, ReadStock(P)), [row(1, 3, 0)]);
    store.execute(0, take(2));
    assert_eq!(store.execute(1, ReadStock(P)), [row(1, 3, 0)]);
    // An UPDATE that matches nothing is a query, too.
    store.execute(1, Rollback);
    store.execute(1, Begin(RR));
    assert_eq!(store.execute(1, take(9)), [rows(1, 0)]);
    store.execute(0, take(1));
    assert_eq!(store.execute(1, ReadStock(P)), [row(1, 1, 0)]);
}

#[test]
fn a_transaction_sees_its_own_writes() {
    for isolation in [RC, RR] {
        let mut store = open(&[(1, 5)], isolation, 2);
        assert_eq!(store.execute(0, swap(3, 0)), [rows(0, 1)]);
        assert_eq!(store.execute(0, ReadStock(P)), [row(0, 3, 1)]);
        assert_eq!(store.execute(0, swap(2, 1)), [rows(0, 1)]);
        assert_eq!(store.execute(0, LockStock(P)), [row(0, 2, 2)]);
        assert_eq!(store.execute(1, ReadStock(P)), [row(1, 5, 0)]);
        store.execute(0, Rollback);
        assert_eq!(store.stock(P), 5);
    }
}

#[test]
fn for_update_waits_and_reads_again() {
    let mut store = open(&[(1, 1)], RC, 2);
    assert_eq!(store.execute(0, LockStock(P)), [row(0, 1, 0)]);
    assert_eq!(store.execute(1, LockStock(P)), [blocked(1, &[0])]);
    // A plain read never waits.
    store.execute(0, write(0));
    assert_eq!(store.execute(0, Commit), [done(0), row(1, 0, 0)]);
}

/// 1 unit, both want it: the second waits, looks again, and finds 0 - but it
/// has locked the row it found, so a third still waits for it.
#[test]
fn an_update_that_waited_and_matched_nothing_keeps_the_lock() {
    let mut store = open(&[(1, 1)], RC, 3);
    store.execute(0, take(1));
    store.execute(1, take(1));
    assert_eq!(store.execute(0, Commit), [done(0), rows(1, 0)]);
    assert_eq!(store.execute(2, write(7)), [blocked(2, &[1])]);
    assert_eq!(store.execute(1, Rollback), [done(1), rows(2, 1)]);
}

/// What the statement's snapshot does not match is not awaited, and not locked.
#[test]
fn a_where_that_does_not_match_neither_waits_nor_locks() {
    for isolation in [RC, RR] {
        let mut store = open(&[(1, 1)], isolation, 3);
        store.execute(0, write(9));
        assert_eq!(store.execute(1, take(2)), [rows(1, 0)]);
        assert_eq!(store.execute(1, swap(0, 7)), [rows(1, 0)]);
        store.execute(0, Rollback);
        assert_eq!(store.execute(2, write(9)), [rows(2, 1)]);
    }
}

/// 2 - 1 on the newest version, whatever the snapshot showed.
#[test]
fn an_update_that_waited_computes_on_the_newest_version() {
    let mut store = open(&[(1, 9)], RC, 2);
    store.execute(0, write(2));
    store.execute(1, take(1));
    store.execute(0, Commit);
    store.execute(1, Commit);
    assert_eq!(store.stock(P), 1);
}

#[test]
fn the_session_that_closes_the_circle_is_the_victim() {
    let mut store = open(&[(1, 9), (2, 9)], RC, 3);
    store.execute(0, take_of(P, 1));
    store.execute(1, take_of(Q, 1));
    assert_eq!(store.execute(0, take_of(Q, 1)), [blocked(0, &[1])]);
    assert_eq!(store.execute(2, take_of(Q, 1)), [blocked(2, &[0])]);
    // Its locks are free before it sends ROLLBACK, and 0 is first in line.
    assert_eq!(
        store.execute(1, take_of(P, 1)),
        [lost(1, Conflict::Deadlock), rows(0, 1)]
    );
    assert_eq!(store.blockers(2), [0]);
    assert_eq!(store.execute(1, ReadStock(P)), [aborted(1)]);
    assert_eq!(store.execute(1, Rollback), [done(1)]);
    assert_eq!(store.execute(0, Commit), [done(0), rows(2, 1)]);
    store.execute(2, Commit);
    assert_eq!((store.stock(P), store.stock(Q)), (8, 7));
}

/// 0 waits for 1, 1 for 2, 2 for 0.
#[test]
fn three_can_deadlock() {
    let mut store = open(&[(1, 9), (2, 9), (3, 9)], RC, 3);
    for session in [0, 1, 2] {
        store.execute(session, take_of(Sku(1 + session as u32), 1));
    }
    store.execute(0, take_of(Sku(2), 1));
    store.execute(1, take_of(Sku(3), 1));
    assert_eq!(
        store.execute(2, take_of(Sku(1), 1)),
        [lost(2, Conflict::Deadlock), rows(1, 1)]
    );
    assert_eq!(store.blockers(0), [1]);
}

/// Behind the first waiter, the others wait for that waiter.
#[test]
fn waiters_go_first_come_first_served() {
    for (statement, end) in [
        (take(1), Commit),
        (take(1), Rollback),
        (LockStock(P), Commit),
    ] {
        let mut store = open(&[(1, 9)], RC, 4);
        store.execute(3, statement.clone());
        assert_eq!(store.execute(1, statement.clone()), [blocked(1, &[3])]);
        assert_eq!(store.execute(0, statement.clone()), [blocked(0, &[1])]);
        assert_eq!(store.execute(2, statement.clone()), [blocked(2, &[0, 1])]);
        let mut served = Vec::new();
        for session in [3, 1, 0, 2] {
            let events = store.execute(session, end.clone());
            served.extend(events.iter().filter_map(replied).filter(|s| *s != session));
        }
        assert_eq!(served, [1, 0, 2]);
    }
}

/// 23514 aborts session 0, which lets session 1 go before 0 says ROLLBACK.
#[test]
fn a_waiter_is_freed_by_an_error() {
    let mut store = begun(&[(1, 1), (2, 0)], true, RC, 2);
    store.execute(0, take(1));
    store.execute(1, take(1));
    let refused = reply(0, Err(Error::CheckViolation));
    let statement = decrement_of(Q, 1);
    assert_eq!(store.execute(0, statement), [refused, rows(1, 1)]);
    assert_eq!(store.execute(0, Commit), [done(0)]);
    store.execute(1, Commit);
    assert_eq!((store.stock(P), store.stock(Q)), (0, 0));
}

/// Refused by what the snapshot shows, although the row is locked: the CHECK is
/// computed before the lock is asked for. After a wait it is computed again.
#[test]
fn a_check_can_refuse_before_and_after_a_wait() {
    let mut store = begun(&[(1, 1)], true, RC, 3);
    store.execute(0, decrement_of(P, 1));
    let refused = |session| reply(session, Err(Error::CheckViolation));
    assert_eq!(store.execute(1, decrement_of(P, 2)), [refused(1)]);
    assert_eq!(store.execute(2, decrement_of(P, 1)), [blocked(2, &[0])]);
    assert_eq!(store.execute(0, Commit), [done(0), refused(2)]);
}

#[test]
fn a_statement_of_its_own_commits_at_its_end() {
    let mut store = fresh(&[(1, 9)], RR, 2);
    assert_eq!(store.execute(0, take(1)), [rows(0, 1)]);
    assert_eq!(store.stock(P), 8);
    assert_eq!(store.execute(0, Commit), [done(0)]);
    // At the default isolation: it waited for a change, so it is lost.
    store.execute(1, Begin(RR));
    store.execute(1, take(1));
    assert_eq!(store.execute(0, take(1)), [blocked(0, &[1])]);
    assert_eq!(
        store.execute(1, Commit),
        [done(1), lost(0, Conflict::Serialization)]
    );
    // And it can be sent again at once.
    assert_eq!(store.execute(0, take(1)), [rows(0, 1)]);
    assert_eq!(store.stock(P), 6);
}

#[test]
fn an_order_waits_for_a_lock_on_its_product_but_not_for_a_change() {
    let cart = cart(1, &[(1, 1), (2, 2)]);
    let mut store = open(&[(1, 9), (2, 9)], RC, 2);
    store.execute(0, take_of(P, 1));
    assert_eq!(store.execute(1, place(&cart)), [rows(1, 2)]);
    store.execute(1, Rollback);
    store.execute(0, LockStock(Q));
    store.execute(1, Begin(RC));
    assert_eq!(store.execute(1, place(&cart)), [blocked(1, &[0])]);
    assert_eq!(store.execute(0, Commit), [done(0), rows(1, 2)]);
    assert!(Ledger::of(&store.state()).orders.is_empty());
    store.execute(1, Commit);
    let ledger = Ledger::of(&store.state());
    // Number 1 was rolled back.
    assert_eq!(ledger.orders[0].id, 2);
    assert_eq!(ledger.lines.len(), 2);
    assert_eq!(ledger.lines[1].line, cart.lines[1]);
}

/// And a lock for an order: FOR UPDATE waits for it, an UPDATE does not.
#[test]
fn an_order_holds_its_products_against_for_update_alone() {
    let cart = cart(1, &[(1, 1)]);
    let mut store = open(&[(1, 9)], RC, 3);
    store.execute(0, place(&cart));
    assert_eq!(store.execute(1, take(1)), [rows(1, 1)]);
    assert_eq!(store.execute(2, LockStock(P)), [blocked(2, &[0])]);
    // Having waited for 0, it waits for 1.
    assert_eq!(store.execute(0, Commit), [done(0), blocked(2, &[1])]);
    assert_eq!(store.execute(1, Commit), [done(1), row(2, 8, 0)]);
}

/// FOR UPDATE followed by an UPDATE marks the old version as if its key had
/// changed, so at repeatable read an order on it is lost. An UPDATE alone
/// leaves no such mark.
#[test]
fn an_order_at_repeatable_read_is_lost_to_a_locked_and_changed_product() {
    for locks_first in [true, false] {
        let cart = cart(1, &[(1, 1)]);
        let mut store = open(&[(1, 9)], RR, 2);
        store.execute(1, ReadStock(P));
        if locks_first {
            store.execute(0, LockStock(P));
        }
        store.execute(0, take(1));
        store.execute(0, Commit);
        let expected = match locks_first {
            true => lost(1, Conflict::Serialization),
            false => rows(1, 1),
        };
        assert_eq!(store.execute(1, place(&cart)), [expected]);
    }
}

/// A foreign key check waits for a later version; its writer fails, and
/// another session writes a version in its place before the check goes on.
/// PostgreSQL locks what is there, but not that new version, so the two locks
/// that exclude each other are both granted (measured with PostgreSQL 15.18,
/// one backend stopped so that the other wakes first).
#[test]
fn a_reference_misses_a_version_written_in_place_of_a_failed_one() {
    for writes in [1, 2] {
        let cart = cart(1, &[(1, 1)]);
        let mut store = open(&[(1, 5)], RC, 3);
        for _ in 0..writes {
            store.execute(0, take(1));
        }
        assert_eq!(store.execute(1, take(1)), [blocked(1, &[0])]);
        store.execute(0, LockStock(P));
        assert_eq!(store.execute(2, place(&cart)), [blocked(2, &[0])]);
        assert!(store.is_race(0, Rollback));
        let both = [done(0), rows(1, 1), rows(2, 1)];
        assert_eq!(store.execute(0, Rollback), both);
        assert_eq!(store.execute(1, LockStock(P)), [row(1, 4, 0)]);
    }
}

#[test]
fn unknown_products() {
    let nowhere = Sku(99);
    let missing = |session| reply(session, Ok(Reply::stock(None)));
    let mut store = open(&[(1, 9)], RC, 1);
    assert_eq!(store.execute(0, ReadStock(nowhere)), [missing(0)]);
    // The query found nothing; the transaction goes on.
    assert_eq!(store.execute(0, LockStock(nowhere)), [missing(0)]);
    assert_eq!(store.execute(0, take_of(nowhere, 1)), [rows(0, 0)]);
    let cart = cart(1, &[(1, 1), (99, 1)]);
    let events = store.execute(0, place(&cart));
    let [
        Event::Replied {
            reply: Err(Error::Database { sqlstate, .. }),
            ..
        },
    ] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(sqlstate, "23503");
    assert_eq!(store.execute(0, ReadStock(P)), [aborted(0)]);
}

#[test]
fn a_cut_is_a_rollback_without_a_reply() {
    let mut store = open(&[(1, 1)], RC, 2);
    store.execute(0, take(1));
    store.execute(1, take(1));
    assert_eq!(store.cut(0), [rows(1, 1)]);
    assert_eq!(store.execute(0, ReadStock(P)), [row(0, 1, 0)]);
}

#[test]
fn begin_inside_a_transaction_can_only_name_its_level() {
    let mut store = fresh(&[(1, 1)], RC, 1);
    store.execute(0, Begin(RC));
    assert_eq!(store.execute(0, Begin(RR)), [done(0)]);
    store.execute(0, ReadStock(P));
    assert_eq!(store.execute(0, Begin(RR)), [done(0)]);
    let message = "SET TRANSACTION ISOLATION LEVEL must be called before any query";
    let refused = reply(0, Err(database("25001", message)));
    assert_eq!(store.execute(0, Begin(RC)), [refused]);
    assert_eq!(store.execute(0, ReadStock(P)), [aborted(0)]);
}

#[test]
#[should_panic(expected = "session 1 waits for a lock")]
fn a_blocked_session_takes_no_statement() {
    let mut store = open(&[(1, 1)], RC, 2);
    store.execute(0, take(1));
    store.execute(1, take(1));
    store.execute(1, Rollback);
}

#[test]
#[should_panic(expected = "no model of serializable")]
fn serializable_is_not_guessed() {
    assert!(!Store::supports(Isolation::Serializable));
    let _ = fresh(&[(1, 1)], Isolation::Serializable, 1);
}
