//! The scope bug: read and check in one transaction, write in the next. No
//! isolation level helps, because neither transaction sees anything wrong.

use super::profile::{Answer, Expected, Profile, Role};
use crate::oracle::Verdict;
use crate::session::{Result, Session};
use crate::shop::{Cart, Isolation};

pub(super) const PROFILE: Profile = Profile {
    name: "check-outside",
    aliases: &[],
    idea: "check in one transaction, write in the next",
    role: Role::Control,
    stock_check: false,
    breaks_with: None,
    expected: Expected::always(Verdict::Oversells),
};

pub(super) async fn attempt<S: Session>(
    session: &mut S,
    isolation: Isolation,
    cart: &Cart,
) -> Result<Answer> {
    session.begin(isolation).await?;
    let mut left_after = Vec::with_capacity(cart.lines.len());
    for line in cart.lines.iter() {
        let left = session.read_stock(line.sku).await?.stock - i64::from(line.units);
        if left < 0 {
            return Ok(Answer::SoldOut);
        }
        left_after.push(left);
    }
    session.commit().await?;
    session.think().await?;

    session.begin(isolation).await?;
    for (line, left) in cart.lines.iter().zip(left_after) {
        session.write_stock(line.sku, left).await?;
    }
    session.place_order(cart).await?;
    session.commit().await?;
    Ok(Answer::Sold)
}
