//! The checkout: a cart becomes an order, or nothing happens.

use super::answer::ShopAnswer;
use super::asking::{changed, int, rows, text};
use super::cart::{self, OpenCart};
use super::pool::Lease;
use super::problem::{NotDone, Problem};
use super::sql;
use super::till::AtTill;
use super::tries::again;
use super::values::{OrderStatus, ShopOrder};
use crate::cell::Subject;
use crate::flow::{Checkout, InProcess, Terms};
use crate::session::{Result, Session};
use crate::shop::Outcome;
use crate::subject::{Client as _, Memory, is_text, refuses_lines};

/// Buys what is in the user's cart, by the shop's strategy. Under a key that was used
/// before, the answer is the one that was given then.
pub(super) async fn checkout(
    terms: &Terms,
    lease: &mut Lease,
    user: i64,
    key: Option<&str>,
) -> std::result::Result<ShopAnswer, NotDone> {
    let mut tries = Checkout::default();
    let mut memory = Memory::of(terms.retry);
    loop {
        if let Some(given) = given_before(lease, user, key).await? {
            return Ok(given);
        }
        let Some(cart) = cart::open(lease, user).await? else {
            return keep(lease, user, key, Problem::empty_cart(user).into()).await;
        };
        refuse_lines(terms.cell.subject, &cart)?;
        let answer = placed(&cart);
        let told = key.map(|key| (key, &answer));
        let till = AtTill::new(lease, &cart, told, is_text(terms.cell.subject));
        let mut client = InProcess::new(terms.cell, till);
        let attempt = client.attempt(&cart.wanted(), 0, &mut memory).await;
        let attempt = client.session.settle(attempt);
        let last = client.session.last.map(|sku| i64::from(sku.0));
        if again(&mut tries, attempt, terms.max_tries).await {
            continue;
        }
        return match tries.outcome {
            Outcome::Sold => Ok(answer),
            Outcome::SoldOut => {
                let product = match last {
                    None => short(lease, &cart).await?,
                    last => last,
                };
                keep(lease, user, key, Problem::sold_out(product).into()).await
            }
            Outcome::GaveUp | Outcome::NotStarted => match given_before(lease, user, key).await? {
                Some(given) => Ok(given),
                None => Err(Problem::lost(tries.tries).into()),
            },
            Outcome::Failed | Outcome::Unknown => Err(failed(&cart, tries)),
        };
    }
}

/// A script that knows too few lines would leave some of this cart out.
fn refuse_lines(subject: Subject, cart: &OpenCart) -> std::result::Result<(), Problem> {
    let lines = u32::try_from(cart.order.order_detail.len()).unwrap_or(u32::MAX);
    match refuses_lines(subject, lines) {
        Some(why) => Err(Problem::too_many_lines(cart.order.order_id, why)),
        None => Ok(()),
    }
}

/// The product that ran out, where no statement has named it.
async fn short(session: &mut impl Session, cart: &OpenCart) -> Result<Option<i64>> {
    let found = rows(session, sql::FIND_SHORT, [cart.order.order_id.into()]).await?;
    Ok(found.first().map(|row| int(&row[0])))
}

/// What is answered if the cart is sold.
fn placed(cart: &OpenCart) -> ShopAnswer {
    let order = ShopOrder {
        status: OrderStatus::WaitingPayment,
        ..cart.order.clone()
    };
    ShopAnswer::of(201, &order)
}

fn failed(cart: &OpenCart, tries: Checkout) -> NotDone {
    match (tries.outcome, tries.fault) {
        (Outcome::Unknown, Some(error)) => Problem::in_doubt(cart.order.order_id, &error).into(),
        (_, Some(error)) => error.into(),
        (_, None) => Problem::internal("it failed without a fault").into(),
    }
}

/// The answer that was given under this key.
async fn given_before(
    session: &mut impl Session,
    user: i64,
    key: Option<&str>,
) -> std::result::Result<Option<ShopAnswer>, NotDone> {
    let Some(key) = key else {
        return Ok(None);
    };
    let given = rows(session, sql::READ_ANSWER, [text(key)]).await?;
    let Some([of, status, body]) = given.first().map(Vec::as_slice) else {
        return Ok(None);
    };
    // The user is all that a body says.
    if int(of) != user {
        return Err(Problem::key_reused().into());
    }
    Ok(Some(ShopAnswer {
        status: u16::try_from(int(status)).expect("a status"),
        body: body.to_string(),
    }))
}

/// Keeps an answer under its key, and answers what is kept there: another request with
/// the same key may have been faster.
async fn keep(
    session: &mut impl Session,
    user: i64,
    key: Option<&str>,
    answer: ShopAnswer,
) -> std::result::Result<ShopAnswer, NotDone> {
    if let Some(key) = key {
        keep_under(session, user, key, &answer).await?;
    }
    Ok(given_before(session, user, key).await?.unwrap_or(answer))
}

async fn keep_under(
    session: &mut impl Session,
    user: i64,
    key: &str,
    answer: &ShopAnswer,
) -> Result<()> {
    let status = i64::from(answer.status);
    let values = [
        text(key),
        user.into(),
        status.into(),
        text(answer.body.as_str()),
    ];
    changed(session, sql::KEEP_ANSWER, values).await.map(drop)
}
