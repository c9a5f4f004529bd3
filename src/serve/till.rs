//! What stands between a strategy and the database: the cart is held from the beginning
//! of each transaction, and closed in the one that places the order.
//!
//! So one COMMIT makes the stock, the order, the end of the cart and the answer under its
//! key durable, whichever strategy it is. One without a transaction commits each
//! statement by itself, and these as well.

use super::answer::ShopAnswer;
use super::asking::{changed, text};
use super::cart::OpenCart;
use super::pool::Lease;
use super::sql;
use crate::effect::{Kind, Rows};
use crate::session::{Result, Session};
use crate::shop::{Conflict, Sku};
use crate::statement::{Reply, Statement};

/// A session in which one cart is bought.
pub(super) struct AtTill<'r> {
    lease: &'r mut Lease,
    cart: &'r OpenCart,
    /// What is told under a key, if there is one, once the order stands.
    answer: Option<(&'r str, &'r ShopAnswer)>,
    /// The product that the strategy touched last: the one that ran out, if one did.
    pub(super) last: Option<Sku>,
}

impl<'r> AtTill<'r> {
    pub(super) const fn new(
        lease: &'r mut Lease,
        cart: &'r OpenCart,
        answer: Option<(&'r str, &'r ShopAnswer)>,
    ) -> Self {
        Self {
            lease,
            cart,
            answer,
            last: None,
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

/// None: another request was faster, and the cart is not what it was.
fn only_one(rows: u64) -> Result<()> {
    match rows {
        1 => Ok(()),
        _ => Err(Conflict::StaleVersion.into()),
    }
}

impl Session for AtTill<'_> {
    async fn execute(&mut self, statement: Statement) -> Result<Reply> {
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
