//! A guarded decrement for each line and then the order, each on its own,
//! without a transaction. It never oversells, but what it took before a
//! refused line, a lost race or a cut connection is gone without an order.

use super::profile::{Answer, Expected, Profile, Role};
use crate::oracle::Verdict;
use crate::session::{Result, Session};
use crate::shop::Cart;

pub(super) const PROFILE: Profile = Profile {
    name: "autocommit",
    aliases: &["no-transaction"],
    idea: "guarded decrements, then the order; no transaction around them",
    role: Role::Control,
    stock_check: false,
    breaks_with: Some("--stock 2, or --lines 2 --lock-order cart"),
    // With one line there is nothing to lose between the statements, unless
    // the connection is cut there, or, at serializable, the order is refused
    // with 40001 after the stock has been taken. That takes two buyers who both
    // get as far as their order, and so two units.
    expected: Expected {
        one_line: [Verdict::Safe, Verdict::Safe, Verdict::Leaks],
        several_lines: [Verdict::Leaks; 3],
        explored: [Verdict::Safe, Verdict::Safe, Verdict::Inconclusive],
    },
};

pub(super) async fn attempt<S: Session>(session: &mut S, cart: &Cart) -> Result<Answer> {
    session.think().await?;
    for line in cart.lines.iter() {
        if session.take_stock(line.sku, line.units).await? == 0 {
            return Ok(Answer::SoldOut);
        }
    }
    session.place_order(cart).await?;
    Ok(Answer::Sold)
}
