//! Reads, checks, and writes back what it computed from the read. Between the
//! read and the write another buyer does the same: both saw the last unit. The
//! stock never goes below zero, so the database looks healthy.

use super::profile::{Answer, Expected, Profile, Role};
use crate::oracle::Verdict;
use crate::session::{Result, Session};
use crate::shop::{Cart, Isolation};

pub(super) const PROFILE: Profile = Profile {
    name: "check-then-update",
    aliases: &["check-then-act", "read-modify-write"],
    idea: "read, check, write back the difference",
    role: Role::Control,
    stock_check: false,
    breaks_with: Some("--lock-order sorted"),
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
