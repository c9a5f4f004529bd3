//! Locks the row with the read (`SELECT ... FOR UPDATE`), so that no other session can
//! change the stock between the check and the write. Losers wait and read what
//! the winner left.

use super::profile::{Answer, Expected, Profile, Role};
use crate::session::{Result, Session};
use crate::shop::{Cart, Isolation};

pub(super) const PROFILE: Profile = Profile {
    name: "row-lock",
    aliases: &[
        "select-for-update",
        "for-update",
        "pessimistic",
        "pessimistic-locking",
    ],
    idea: "lock the row with the read, then check and write",
    role: Role::Fix,
    stock_check: false,
    breaks_with: None,
    expected: Expected::SAFE,
};

pub(super) async fn attempt<S: Session>(
    session: &mut S,
    isolation: Isolation,
    cart: &Cart,
) -> Result<Answer> {
    session.begin(isolation).await?;
    for line in cart.lines.iter() {
        let read = session.lock_stock(line.sku).await?;
        session.think().await?;
        let left = read.stock - i64::from(line.units);
        if left < 0 {
            return Ok(Answer::SoldOut);
        }
        session.write_stock(line.sku, left).await?;
    }
    session.place_order(cart).await?;
    session.commit().await?;
    Ok(Answer::Sold)
}
