//! Preparing a connection's statements before anything is measured.

use crate::cell::{Cell, Subject};
use crate::effect::Kind;
use crate::session::{Error, Result, Session};
use crate::shop::{Cart, Isolation};
use crate::statement::{Reply, Statement, Stock};
use crate::subject;

/// The statement cache is filled by the statements themselves: the strategy
/// runs so many times, on a product that does not exist, in a transaction that
/// is rolled back. At read committed, whatever the run is at: there the server
/// does not watch which transaction reads what, so a connection that is opened while others
/// shop costs none of them a serialization failure.
///
/// # Errors
/// As [`Session::execute`].
pub async fn warm_up<S: Session>(connection: &mut S, subject: Subject, times: u32) -> Result<()> {
    let level = Isolation::ReadCommitted;
    let cell = Cell { subject, level };
    let nobody = Cart::of_nobody();
    connection.begin(level).await?;
    for _ in 0..times {
        match subject::attempt(cell, &mut WarmUp(connection), &nobody).await {
            Ok(_) => {}
            Err(lost @ Error::ConnectionLost(_)) => return Err(lost),
            // Text may fail on a product that does not exist: the rest stays cold.
            Err(_) => break,
        }
    }
    connection.rollback().await
}

struct WarmUp<'c, S>(&'c mut S);

impl<S: Session> Session for WarmUp<'_, S> {
    async fn execute(&mut self, statement: Statement) -> Result<Reply> {
        match statement.effect().kind {
            kind if kind.is_control() => Ok(Reply::Done),
            // There is no such product, and the strategy is to go on all the same.
            Kind::Read | Kind::Lock => self.0.execute(statement).await.map(|_| {
                Reply::stock(Some(Stock {
                    stock: 1,
                    version: 0,
                }))
            }),
            // A line of a product that does not exist would break the foreign
            // key, so the order has none.
            Kind::Insert => {
                let empty = Cart {
                    lines: [].into(),
                    ..Cart::of_nobody()
                };
                self.0.execute(Statement::PlaceOrder(empty)).await
            }
            Kind::Opaque => self.0.execute(statement).await,
            _ => self.0.execute(statement).await.map(|_| Reply::affected(1)),
        }
    }
}
