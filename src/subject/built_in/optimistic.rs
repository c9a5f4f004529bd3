//! Reads stock and version, and writes only if the version is still the same.
//! Zero rows mean that another session was faster: the attempt is lost, and the
//! checkout tries again in a new transaction.

use super::profile::{Answer, Expected, Profile, Role};
use crate::session::{Result, Session};
use crate::shop::{Cart, Conflict, Isolation};

pub(super) const PROFILE: Profile = Profile {
    name: "optimistic",
    aliases: &["versioned", "version", "optimistic-locking", "cas"],
    idea: "write only if the version is still the one that was read, else try again",
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
        let read = session.read_stock(line.sku).await?;
        session.think().await?;
        let left = read.stock - i64::from(line.units);
        if left < 0 {
            return Ok(Answer::SoldOut);
        }
        if session.swap_stock(line.sku, left, read.version).await? == 0 {
            return Err(Conflict::StaleVersion.into());
        }
    }
    session.place_order(cart).await?;
    session.commit().await?;
    Ok(Answer::Sold)
}
