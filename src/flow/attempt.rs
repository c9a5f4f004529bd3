//! One attempt in this process: a strategy's statements, with the bookkeeping around
//! them that no strategy should have to repeat.

use crate::cell::Cell;
use crate::effect::Kind;
use crate::session::{Error, Result, Session};
use crate::shop::Cart;
use crate::statement::{Reply, Statement};
use crate::subject::{self, Answer, Attempt, Client, Memory};

/// Attempts that are made in this process, over a session.
#[derive(Debug)]
pub struct InProcess<S> {
    cell: Cell,
    /// What answers the statements.
    pub session: S,
}

impl<S: Session> InProcess<S> {
    /// Attempts of a cell over a session, which is outside a transaction.
    pub const fn new(cell: Cell, session: S) -> Self {
        Self { cell, session }
    }
}

impl<S: Session> Client for InProcess<S> {
    async fn attempt(&mut self, cart: &Cart, _: usize, memory: &mut Memory) -> Attempt {
        let mut guarded = Guarded::new(&mut self.session);
        let answer = subject::attempt(self.cell, &mut guarded, cart, memory).await;
        let in_doubt = guarded.in_doubt;
        // A connection that is gone rolls back by itself, and one on which even
        // ROLLBACK fails is given up by its owner: the answer stands either way.
        let _ = guarded.roll_back_if_open().await;
        match answer {
            Ok(Answer::Sold) => Attempt::Sold,
            Ok(Answer::SoldOut) => Attempt::SoldOut,
            Err(Error::Conflict(conflict)) => Attempt::Conflict(conflict),
            Err(error) if in_doubt => Attempt::Unknown(error),
            Err(error) => Attempt::Failed(error),
        }
    }
}

/// A session that remembers the state of its transaction.
///
/// PostgreSQL answers COMMIT of a transaction in which a statement failed with
/// ROLLBACK, and the driver does not show it. So a failed statement is
/// remembered, and COMMIT after it is sent as ROLLBACK and is an error: a
/// strategy that swallows an error can still not count a sale.
struct Guarded<'s, S> {
    session: &'s mut S,
    open: bool,
    failed: bool,
    in_doubt: bool,
}

impl<'s, S: Session> Guarded<'s, S> {
    fn new(session: &'s mut S) -> Self {
        Self {
            session,
            open: false,
            failed: false,
            in_doubt: false,
        }
    }

    async fn roll_back_if_open(&mut self) -> Result<()> {
        if self.open {
            self.open = false;
            self.session.rollback().await?;
        }
        Ok(())
    }

    /// What an error says about the transaction.
    fn note(&mut self, kind: Kind, error: &Error) {
        self.failed = true;
        match error {
            Error::ConnectionLost(_) => {
                self.in_doubt = kind.makes_durable(self.open);
                self.open = false;
            }
            // An error with an SQLSTATE on COMMIT has rolled back already.
            _ if kind == Kind::Commit => self.open = false,
            _ => {}
        }
    }
}

impl<S: Session> Session for Guarded<'_, S> {
    fn think_us(&self) -> u64 {
        self.session.think_us()
    }

    async fn execute(&mut self, statement: Statement) -> Result<Reply> {
        let kind = statement.effect().kind;
        // Of text the session itself tells: a savepoint may have saved the transaction.
        if kind == Kind::Commit && self.failed && !statement.is_text() {
            self.roll_back_if_open().await?;
            return Err(Error::RolledBack);
        }
        let reply = self.session.execute(statement).await;
        match (&reply, kind) {
            (Err(error), _) => self.note(kind, error),
            (Ok(_), Kind::Begin) => (self.open, self.failed) = (true, false),
            (Ok(_), kind) if kind.ends() => self.open = false,
            (Ok(_), _) => {}
        }
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shop::{Isolation, Sku};

    /// Refuses every read, as a server does with a failed statement, and then
    /// takes COMMIT without a word, as PostgreSQL does.
    #[derive(Default)]
    struct Postgres {
        said: Vec<&'static str>,
    }

    impl Session for Postgres {
        async fn execute(&mut self, statement: Statement) -> Result<Reply> {
            let (word, reply) = match statement {
                Statement::Begin(_) => ("begin", Ok(Reply::Done)),
                Statement::ReadStock(_) => ("read", Err(Error::CheckViolation)),
                Statement::Commit => ("commit", Ok(Reply::Done)),
                Statement::Rollback => ("rollback", Ok(Reply::Done)),
                other => panic!("{other:?} is not part of the test"),
            };
            self.said.push(word);
            reply
        }
    }

    /// No strategy swallows an error and commits, and one that did would be
    /// told "done" by the driver. Then it must still not count a sale, and the
    /// next transaction on the same session is none the worse.
    #[tokio::test]
    async fn commit_after_a_swallowed_error_is_a_rollback() {
        let mut postgres = Postgres::default();
        let mut guarded = Guarded::new(&mut postgres);
        guarded.begin(Isolation::ReadCommitted).await.unwrap();
        let _swallowed = guarded.read_stock(Sku(1)).await.unwrap_err();
        assert_eq!(guarded.commit().await, Err(Error::RolledBack));
        assert!(!guarded.open, "nothing is left to roll back");
        guarded.begin(Isolation::ReadCommitted).await.unwrap();
        assert_eq!(guarded.commit().await, Ok(()));
        guarded.roll_back_if_open().await.unwrap();
        let expected = ["begin", "read", "rollback", "begin", "commit"];
        assert_eq!(postgres.said, expected);
    }
}
