//! Lets the database subtract, so no update is lost, but no statement checks whether
//! there is enough: the stock goes below zero.

use super::profile::{Answer, Expected, Profile, Role};
use crate::oracle::Verdict;
use crate::session::{Result, Session};
use crate::shop::{Cart, Isolation};

pub(super) const PROFILE: Profile = Profile {
    name: "blind-decrement",
    aliases: &["decrement"],
    idea: "let the database subtract; never check",
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
    session.think().await?;
    for line in cart.lines.iter() {
        session.decrement_stock(line.sku, line.units).await?;
    }
    session.place_order(cart).await?;
    session.commit().await?;
    Ok(Answer::Sold)
}
