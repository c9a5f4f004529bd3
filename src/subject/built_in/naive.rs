//! Reads the stock, subtracts, writes the result back. No statement checks whether
//! there is enough. Both causes of the seed bug at once: two buyers write over
//! each other (lost update), and a sold-out product is sold on.

use super::profile::{Answer, Expected, Profile, Role};
use crate::oracle::Verdict;
use crate::session::{Result, Session};
use crate::shop::{Cart, Isolation};

pub(super) const PROFILE: Profile = Profile {
    name: "naive",
    aliases: &[],
    idea: "read the stock, write back the difference; never check",
    role: Role::Control,
    stock_check: false,
    breaks_with: None,
    // At the higher levels a race ends in 40001, but one after the other the
    // buyers still sell below zero.
    expected: Expected::always(Verdict::Oversells),
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
        session.write_stock(line.sku, left).await?;
    }
    session.place_order(cart).await?;
    session.commit().await?;
    Ok(Answer::Sold)
}
