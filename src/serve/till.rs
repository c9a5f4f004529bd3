//! What stands between a strategy and the database: the cart is held from the beginning
//! of each transaction, and closed in the one that places the order.
//!
//! So one COMMIT makes the stock, the order, the end of the cart and the answer under its
//! key durable, whichever strategy it is. One without a transaction commits each
//! statement by itself, and these as well.
//!
//! Of a script no statement is known to place the order. So the till looks whether the
//! order stands: before each COMMIT, and after each statement outside a transaction.

use super::answer::ShopAnswer;
use super::asking::{changed, text};
use super::cart::OpenCart;
use super::pool::Lease;
use super::sql;
use crate::effect::{Kind, Rows};
use crate::session::{Error, Result, Session};
use crate::shop::{Conflict, Sku};
use crate::statement::{Reply, Statement};
use crate::subject::Attempt;

use std::time::Duration;

/// What PostgreSQL answers in a transaction in which a statement has failed.
const ABORTED: &str = "25P02";

/// A session in which one cart is bought.
pub(super) struct AtTill<'r> {
    lease: &'r mut Lease,
    cart: &'r OpenCart,
    /// What is told under a key, if there is one, once the order stands.
    answer: Option<(&'r str, &'r ShopAnswer)>,
    /// The product that the strategy touched last: the one that ran out, if one did.
    pub(super) last: Option<Sku>,
    own: Option<OwnTry>,
}

/// Of an attempt by a script.
#[derive(Default)]
struct OwnTry {
    /// The order stands, and the cart is closed with it.
    is_closed: bool,
    /// Why the cart could not be held or closed. Nothing more of the attempt is carried
    /// out, whatever the script makes of it.
    lost: Option<Error>,
}

impl<'r> AtTill<'r> {
    pub(super) fn new(
        lease: &'r mut Lease,
        cart: &'r OpenCart,
        answer: Option<(&'r str, &'r ShopAnswer)>,
        is_script: bool,
    ) -> Self {
        Self {
            lease,
            cart,
            answer,
            last: None,
            own: is_script.then(OwnTry::default),
        }
    }

    /// How the attempt ended. A script says what it likes: the order stands or does not.
    pub(super) fn settle(&self, attempt: Attempt) -> Attempt {
        let Some(own) = &self.own else {
            return attempt;
        };
        match (attempt, &own.lost) {
            (unknown @ Attempt::Unknown(_), _) => unknown,
            _ if own.is_closed => Attempt::Sold,
            (_, Some(Error::Conflict(conflict))) => Attempt::Conflict(*conflict),
            (Attempt::Sold, _) => {
                let why = "the script says that it sold, and there is no order of this checkout";
                Attempt::Failed(Error::Script {
                    sqlstate: String::new(),
                    message: why.into(),
                })
            }
            (attempt, _) => attempt,
        }
    }

    /// The cart first and the products after it, as where items are added.
    async fn hold_cart(&mut self) -> Result<()> {
        let cart = [self.cart.order.order_id.into(), self.cart.revision.into()];
        only_one(changed(self.lease, sql::HOLD_CART, cart).await?)
    }

    async fn close_cart(&mut self) -> Result<()> {
        let (id, revision) = (self.cart.order.order_id.into(), self.cart.revision.into());
        let closed = match self.answer {
            None => changed(self.lease, sql::CLOSE_CART, [id, revision]).await?,
            Some((key, answer)) => {
                let status = i64::from(answer.status).into();
                let values = [id, revision, text(key), status, text(answer.body.as_str())];
                changed(self.lease, sql::CLOSE_CART_AND_ANSWER, values).await?
            }
        };
        only_one(closed)
    }
}

impl AtTill<'_> {
    /// Closes the cart, if a script has placed its order. Answers whether it did.
    async fn close_if_placed(&mut self) -> Result<bool> {
        let key = self.cart.order.order_id.into();
        match changed(self.lease, sql::FIND_PLACED, [key]).await {
            Ok(0) => Ok(false),
            Ok(_) => self.close_cart().await.map(|()| true),
            // Nothing of it will stand, and the script is told so by its COMMIT.
            Err(Error::Database { sqlstate, .. }) if sqlstate == ABORTED => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn execute_of_script(&mut self, own: &mut OwnTry, statement: Statement) -> Result<Reply> {
        let kind = statement.effect().kind;
        if let Some(lost) = &own.lost {
            return match kind {
                // That was done when it was lost.
                Kind::Rollback => Ok(Reply::Done),
                _ => Err(lost.clone()),
            };
        }
        if let Some(pause_us) = statement.pause_us() {
            tokio::time::sleep(Duration::from_micros(pause_us)).await;
            return Ok(Reply::Done);
        }
        let mut closes = false;
        if kind == Kind::Commit && !own.is_closed {
            let closing = self.close_if_placed().await;
            closes = self.or_undo(own, closing).await?;
        }
        let reply = self.lease.execute(statement).await?;
        own.is_closed |= closes;
        if kind == Kind::Begin && !own.is_closed {
            let held = self.hold_cart().await;
            self.or_undo(own, held).await?;
        }
        if kind == Kind::Opaque && !own.is_closed && !self.lease.is_open() {
            let closed = self.close_if_placed().await;
            own.is_closed = self.or_undo(own, closed).await?;
        }
        Ok(reply)
    }

    /// Ends the attempt where a statement of the shop's own has failed.
    async fn or_undo<T>(&mut self, own: &mut OwnTry, done: Result<T>) -> Result<T> {
        if let Err(error) = &done {
            own.lost = Some(error.clone());
            if self.lease.is_open() {
                // To the caller it is over. What cannot be rolled back is closed.
                let _ = self.lease.rollback().await;
            }
        }
        done
    }
}

/// None: another request was faster, and the cart is not what it was.
fn only_one(rows: u64) -> Result<()> {
    match rows {
        1 => Ok(()),
        _ => Err(Conflict::StaleVersion.into()),
    }
}

impl Session for AtTill<'_> {
    async fn execute(&mut self, statement: Statement) -> Result<Reply> {
        if let Some(mut own) = self.own.take() {
            let reply = self.execute_of_script(&mut own, statement).await;
            self.own = Some(own);
            return reply;
        }
        let effect = statement.effect();
        let kind = effect.kind;
        if let Rows::Product(sku) = effect.rows {
            self.last = Some(sku);
        }
        let reply = self.lease.execute(statement).await?;
        match kind {
            Kind::Begin => {
                let held = self.hold_cart().await;
                if held.is_err() {
                    // To the caller it has not begun. What cannot be rolled back is closed.
                    let _ = self.lease.rollback().await;
                }
                held?;
            }
            Kind::Insert => self.close_cart().await?,
            _ => {}
        }
        Ok(reply)
    }
}
