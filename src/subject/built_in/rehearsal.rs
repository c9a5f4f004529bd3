//! A strategy without a database: which statements it sends to a shop that has
//! everything and in which no other buyer comes.
//!
//! The list of a strategy's SQL comes from here, so it cannot drift from the code that
//! runs.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::catalogue::Strategy;
use crate::session::{Result, Session};
use crate::shop::{Cart, Isolation};
use crate::statement::{Reply, Statement, Stock};

/// Calls `see` with every statement of one successful attempt.
///
/// # Panics
/// If the strategy waits for anything but its session, or fails in a shop that
/// has everything: a defect of the strategy.
pub fn rehearse<F>(strategy: Strategy, isolation: Isolation, cart: &Cart, see: F)
where
    F: FnMut(Statement) + Send,
{
    let mut stage = Stage { see };
    let attempt = pin!(strategy.attempt(&mut stage, isolation, cart));
    match attempt.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(_)) => {}
        Poll::Ready(Err(error)) => panic!("{strategy} fails on an empty stage: {error}"),
        Poll::Pending => panic!("{strategy} waits for something other than its session"),
    }
}

struct Stage<F> {
    see: F,
}

impl<F: FnMut(Statement) + Send> Session for Stage<F> {
    async fn execute(&mut self, statement: Statement) -> Result<Reply> {
        let reply = match &statement {
            Statement::Begin(_)
            | Statement::Think
            | Statement::Snapshot
            | Statement::Commit
            | Statement::Rollback => Reply::Done,
            Statement::ReadStock(_) | Statement::LockStock(_) => Reply::stock(Some(Stock {
                stock: i64::MAX,
                version: 0,
            })),
            Statement::WriteStock { .. }
            | Statement::SwapStock { .. }
            | Statement::DecrementStock { .. }
            | Statement::TakeStock { .. }
            | Statement::Sql(..) => Reply::affected(1),
            Statement::PlaceOrder(cart) => Reply::affected(cart.lines.len() as u64),
        };
        (self.see)(statement);
        Ok(reply)
    }
}
