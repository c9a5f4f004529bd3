//! One guarded UPDATE checks and subtracts: a row that is locked by another
//! buyer is waited for, and its new stock is what the guard sees.

use super::profile::{Answer, Expected, Profile, Role};
use crate::session::{Result, Session};
use crate::shop::{Cart, Isolation};

pub(super) const PROFILE: Profile = Profile {
    name: "atomic",
    aliases: &["guarded-decrement", "atomic-update", "conditional-update"],
    idea: "subtract and check in one UPDATE; no row means sold out",
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
    session.think().await?;
    for line in cart.lines.iter() {
        if session.take_stock(line.sku, line.units).await? == 0 {
            return Ok(Answer::SoldOut);
        }
    }
    session.place_order(cart).await?;
    session.commit().await?;
    Ok(Answer::Sold)
}
