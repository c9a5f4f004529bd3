//! `check-then-decrement` on a table with `CHECK (stock >= 0)`. The check in
//! the program is as stale as before, but the database has the last word:
//! SQLSTATE 23514 means sold out.

use super::profile::{Answer, Expected, Profile, Role};
use crate::session::{Error, Result, Session};
use crate::shop::{Cart, Isolation};

pub(super) const PROFILE: Profile = Profile {
    name: "check-constraint",
    aliases: &["constraint"],
    idea: "read, check, subtract; CHECK (stock >= 0) has the last word",
    role: Role::Fix,
    stock_check: true,
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
        if read.stock < i64::from(line.units) {
            return Ok(Answer::SoldOut);
        }
        match session.decrement_stock(line.sku, line.units).await {
            Ok(_) => {}
            Err(Error::CheckViolation) => return Ok(Answer::SoldOut),
            Err(error) => return Err(error),
        }
    }
    session.place_order(cart).await?;
    session.commit().await?;
    Ok(Answer::Sold)
}
