//! The seed's own fix: a versioned UPDATE whose row count is not read. The
//! loser's UPDATE matches no row, and the order is placed all the same: it
//! oversells while the stock stays high.

use super::profile::{Answer, Expected, Profile, Role};
use crate::oracle::Verdict;
use crate::session::{Result, Session};
use crate::shop::{Cart, Isolation};

pub(super) const PROFILE: Profile = Profile {
    name: "version-ignored",
    aliases: &[],
    idea: "versioned UPDATE whose row count is not read",
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
        let left = read.stock - i64::from(line.units);
        if left < 0 {
            return Ok(Answer::SoldOut);
        }
        let _never_looked_at = session.swap_stock(line.sku, left, read.version).await?;
    }
    session.place_order(cart).await?;
    session.commit().await?;
    Ok(Answer::Sold)
}
