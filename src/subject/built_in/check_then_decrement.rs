//! Reads, checks, and lets the database subtract. No update is lost, but the
//! check is stale by the time the UPDATE runs: the stock goes below zero.

use super::profile::{Answer, Expected, Profile, Role};
use crate::oracle::Verdict;
use crate::session::{Result, Session};
use crate::shop::{Cart, Isolation};

pub(super) const PROFILE: Profile = Profile {
    name: "check-then-decrement",
    aliases: &[],
    idea: "read, check, let the database subtract",
    role: Role::Control,
    stock_check: false,
    breaks_with: None,
    expected: Expected::only_at_read_committed(Verdict::Oversells),
};

pub(super) async fn attempt<S: Session>(
    session: &mut S,
    isolation: Isolation,
    cart: &Cart,
) -> Result<Answer> {
    session.begin(isolation).await?;
    for line in cart.lines.iter() {
        let read = session.read_stock(line.sku).await?;
        session.think().await?;
        if read.stock < i64::from(line.units) {
            return Ok(Answer::SoldOut);
        }
        session.decrement_stock(line.sku, line.units).await?;
    }
    session.place_order(cart).await?;
    session.commit().await?;
    Ok(Answer::Sold)
}
