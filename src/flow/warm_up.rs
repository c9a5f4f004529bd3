//! Attempts before anything is measured.

use crate::cell::{Cell, Subject};
use crate::session::{Error, Result, Session};
use crate::shop::{Cart, Isolation};
use crate::statement::{Reply, Statement};
use crate::subject::{self, Memory};

/// Makes so many attempts in the transaction that the session is in: what would begin or
/// end one is left out.
///
/// # Errors
/// The connection is lost.
pub async fn warm_up<S: Session>(
    session: &mut S,
    subject: Subject,
    cart: &Cart,
    times: u32,
) -> Result<()> {
    let level = Isolation::ReadCommitted;
    let cell = Cell { subject, level };
    for _ in 0..times {
        let mut memory = Memory::default();
        match subject::attempt(cell, &mut WithinOne(session), cart, &mut memory).await {
            Ok(_) => {}
            Err(lost @ Error::ConnectionLost(_)) => return Err(lost),
            // A script may fail in a shop that has everything: the rest stays cold.
            Err(_) => break,
        }
    }
    Ok(())
}

/// A session whose transaction is its owner's.
struct WithinOne<'s, S>(&'s mut S);

impl<S: Session> Session for WithinOne<'_, S> {
    async fn execute(&mut self, statement: Statement) -> Result<Reply> {
        match statement.effect().kind.is_control() {
            true => Ok(Reply::Done),
            false => self.0.execute(statement).await,
        }
    }
}
