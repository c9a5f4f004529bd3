//! Short words for statements and events.
#![allow(dead_code, reason = "each test uses its part")]

use checkout_sim::event::Event;
use checkout_sim::mvcc::Store;
use checkout_sim::session::{Error, Result};
use checkout_sim::shop::{Cart, CheckoutKey, Conflict, Isolation, Line, Sku, Supply};
use checkout_sim::statement::{Reply, Statement, Stock};

/// The product of most tests.
pub const P: Sku = Sku(1);
/// Another.
pub const Q: Sku = Sku(2);

pub fn supply(products: &[(u32, i64)]) -> Vec<Supply> {
    let supply = |&(sku, units): &(u32, i64)| Supply {
        sku: Sku(sku),
        units,
    };
    products.iter().map(supply).collect()
}

/// A store without a CHECK, all sessions outside a transaction.
pub fn fresh(products: &[(u32, i64)], isolation: Isolation, sessions: usize) -> Store {
    Store::new(&supply(products), false, isolation, sessions)
}

/// A store without a CHECK, every session in a transaction.
pub fn open(products: &[(u32, i64)], isolation: Isolation, sessions: usize) -> Store {
    begun(products, false, isolation, sessions)
}

/// A store with every session in a transaction.
pub fn begun(
    products: &[(u32, i64)],
    stock_check: bool,
    isolation: Isolation,
    sessions: usize,
) -> Store {
    let mut store = Store::new(&supply(products), stock_check, isolation, sessions);
    for session in 0..sessions {
        let begin = Statement::Begin(isolation);
        assert_eq!(store.execute(session, begin), [done(session)]);
    }
    store
}

pub fn write(stock: i64) -> Statement {
    Statement::WriteStock { sku: P, stock }
}

pub fn swap(stock: i64, if_version: i64) -> Statement {
    Statement::SwapStock {
        sku: P,
        stock,
        if_version,
    }
}

pub fn take(units: u32) -> Statement {
    take_of(P, units)
}

pub fn take_of(sku: Sku, units: u32) -> Statement {
    Statement::TakeStock { sku, units }
}

pub fn decrement_of(sku: Sku, units: u32) -> Statement {
    Statement::DecrementStock { sku, units }
}

pub fn place(cart: &Cart) -> Statement {
    Statement::PlaceOrder(cart.clone())
}

pub fn cart(key: i64, lines: &[(u32, u32)]) -> Cart {
    let line = |&(sku, units): &(u32, u32)| Line {
        sku: Sku(sku),
        units,
    };
    Cart {
        buyer: 0,
        key: CheckoutKey(key),
        lines: lines.iter().map(line).collect(),
        operation: 0,
    }
}

pub fn reply(session: usize, reply: Result<Reply>) -> Event {
    Event::Replied { session, reply }
}

pub fn done(session: usize) -> Event {
    reply(session, Ok(Reply::Done))
}

pub fn rows(session: usize, rows: u64) -> Event {
    reply(session, Ok(Reply::affected(rows)))
}

pub fn row(session: usize, stock: i64, version: i64) -> Event {
    reply(session, Ok(Reply::stock(Some(Stock { stock, version }))))
}

pub fn lost(session: usize, conflict: Conflict) -> Event {
    reply(session, Err(conflict.into()))
}

pub fn aborted(session: usize) -> Event {
    let message = "current transaction is aborted, commands ignored until end of transaction block";
    reply(session, Err(database("25P02", message)))
}

pub fn blocked(session: usize, by: &[usize]) -> Event {
    Event::Blocked {
        session,
        by: by.to_vec(),
    }
}

pub fn database(sqlstate: &str, message: &str) -> Error {
    Error::Database {
        sqlstate: sqlstate.into(),
        message: message.into(),
    }
}

/// The session of a reply.
pub fn replied(event: &Event) -> Option<usize> {
    match event {
        Event::Replied { session, .. } => Some(*session),
        Event::Blocked { .. } => None,
    }
}
