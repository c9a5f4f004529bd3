//! A strategy without a database: which statements it sends, and what it does with each
//! answer.
//!
//! The list of a strategy's SQL and its branches come from here, so they cannot drift
//! from the code that runs.

use std::mem::discriminant;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::catalogue::Strategy;
use super::profile::Answer;
use crate::session::{Error, Result, Session};
use crate::shop::{Cart, Conflict, Isolation};
use crate::statement::{Reply, Statement, Stock};

/// A statement, and what follows the answers on which a checkout must decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsed {
    /// What is sent.
    pub statement: Statement,
    /// Where its values come from, where the product's number does not say all.
    pub values: Option<&'static str>,
    /// The answers but the usual one, each with what follows.
    pub branches: Vec<(Unusual, Then)>,
}

/// An answer that a shop gives where another buyer came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusual {
    /// The stock that was read is less than what the cart wants.
    TooLittle,
    /// No row was changed.
    NoRow,
    /// A CHECK constraint refused the new stock.
    Refused,
}

/// What an attempt does then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// As if nothing had been: the next statement is the same.
    GoesOn,
    /// It tells the buyer that there is not enough.
    SoldOut,
    /// It is lost, and the checkout tries again.
    TriesAgain(Conflict),
    /// It fails.
    Fails(Error),
}

/// Calls `see` with every statement of one successful attempt.
///
/// # Panics
/// If the strategy waits for anything but its session, or fails in a shop that
/// has everything: a defect of the strategy.
pub fn rehearse<F>(strategy: Strategy, isolation: Isolation, cart: &Cart, see: F)
where
    F: FnMut(Statement) + Send,
{
    usual(strategy, isolation, cart).into_iter().for_each(see);
}

/// Every statement of one successful attempt, with its branches.
///
/// # Panics
/// As [`rehearse`].
#[must_use]
pub fn branches(strategy: Strategy, isolation: Isolation, cart: &Cart) -> Vec<Rehearsed> {
    let usual = usual(strategy, isolation, cart);
    let with_branches = |(at, statement): (usize, &Statement)| {
        let unusual = unusual(statement, strategy.profile().stock_check);
        let branch = |unusual| {
            let (sent, end) = play(strategy, isolation, cart, Some((at, unusual)));
            (unusual, then(&usual, &sent, end))
        };
        Rehearsed {
            statement: statement.clone(),
            values: values(statement),
            branches: unusual.iter().copied().map(branch).collect(),
        }
    };
    usual.iter().enumerate().map(with_branches).collect()
}

fn then(usual: &[Statement], sent: &[Statement], end: Result<Answer>) -> Then {
    match end {
        Ok(Answer::SoldOut) => Then::SoldOut,
        Err(Error::Conflict(conflict)) => Then::TriesAgain(conflict),
        Err(error) => Then::Fails(error),
        Ok(Answer::Sold) => {
            let kinds = |statements: &[Statement]| -> Vec<_> {
                statements.iter().map(discriminant).collect()
            };
            assert_eq!(kinds(usual), kinds(sent), "sold by another way");
            Then::GoesOn
        }
    }
}

/// Where the values come from that are not the cart's own.
const fn values(statement: &Statement) -> Option<&'static str> {
    match statement {
        Statement::WriteStock { .. } => Some("$2 = the stock that was read - units"),
        Statement::SwapStock { .. } => {
            Some("$2 = the stock that was read - units, $3 = the version that was read")
        }
        Statement::DecrementStock { .. } | Statement::TakeStock { .. } => Some("$2 = units"),
        Statement::Begin(_)
        | Statement::ReadStock(_)
        | Statement::LockStock(_)
        | Statement::PlaceOrder(_)
        | Statement::Sql(_)
        | Statement::Think
        | Statement::Pause(_)
        | Statement::Effect { .. }
        | Statement::Snapshot
        | Statement::Commit
        | Statement::Rollback => None,
    }
}

/// The unusual answers that a statement can have in a shop.
const fn unusual(statement: &Statement, stock_check: bool) -> &'static [Unusual] {
    match statement {
        Statement::ReadStock(_) | Statement::LockStock(_) => &[Unusual::TooLittle],
        Statement::SwapStock { .. } | Statement::TakeStock { .. } => &[Unusual::NoRow],
        Statement::WriteStock { .. } | Statement::DecrementStock { .. } if stock_check => {
            &[Unusual::Refused]
        }
        Statement::WriteStock { .. }
        | Statement::DecrementStock { .. }
        | Statement::Begin(_)
        | Statement::PlaceOrder(_)
        | Statement::Sql(_)
        | Statement::Think
        | Statement::Pause(_)
        | Statement::Effect { .. }
        | Statement::Snapshot
        | Statement::Commit
        | Statement::Rollback => &[],
    }
}

fn usual(strategy: Strategy, isolation: Isolation, cart: &Cart) -> Vec<Statement> {
    let (statements, end) = play(strategy, isolation, cart, None);
    match end {
        Ok(_) => statements,
        Err(error) => panic!("{strategy} fails on an empty stage: {error}"),
    }
}

/// One attempt in a shop that has everything, but for one answer.
fn play(
    strategy: Strategy,
    isolation: Isolation,
    cart: &Cart,
    unusual: Option<(usize, Unusual)>,
) -> (Vec<Statement>, Result<Answer>) {
    let mut stage = Stage {
        sent: Vec::new(),
        unusual,
    };
    let end = {
        let attempt = pin!(strategy.attempt(&mut stage, isolation, cart));
        attempt.poll(&mut Context::from_waker(Waker::noop()))
    };
    match end {
        Poll::Ready(end) => (stage.sent, end),
        Poll::Pending => panic!("{strategy} waits for something other than its session"),
    }
}

struct Stage {
    sent: Vec<Statement>,
    /// Which statement is answered otherwise.
    unusual: Option<(usize, Unusual)>,
}

impl Session for Stage {
    async fn execute(&mut self, statement: Statement) -> Result<Reply> {
        let at = self.sent.len();
        let answered = self.unusual.filter(|(unusual, _)| *unusual == at);
        let reply = match answered {
            None => Ok(usual_reply(&statement)),
            Some((_, Unusual::TooLittle)) => Ok(stock(0)),
            Some((_, Unusual::NoRow)) => Ok(Reply::affected(0)),
            Some((_, Unusual::Refused)) => Err(Error::CheckViolation),
        };
        self.sent.push(statement);
        reply
    }
}

fn usual_reply(statement: &Statement) -> Reply {
    match statement {
        Statement::Begin(_)
        | Statement::Think
        | Statement::Pause(_)
        | Statement::Effect { .. }
        | Statement::Snapshot
        | Statement::Commit
        | Statement::Rollback => Reply::Done,
        Statement::ReadStock(_) | Statement::LockStock(_) => stock(i64::MAX),
        Statement::WriteStock { .. }
        | Statement::SwapStock { .. }
        | Statement::DecrementStock { .. }
        | Statement::TakeStock { .. }
        | Statement::Sql(_) => Reply::affected(1),
        Statement::PlaceOrder(cart) => Reply::affected(cart.lines.len() as u64),
    }
}

fn stock(stock: i64) -> Reply {
    Reply::stock(Some(Stock { stock, version: 0 }))
}
