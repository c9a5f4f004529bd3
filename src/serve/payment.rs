//! Orders and their payment.

use super::answer::ShopAnswer;
use super::asking::{changed, int, rows, text};
use super::problem::{NotDone, Problem};
use super::sql;
use super::transaction::transaction;
use super::values::{OrderLine, OrderStatus, Payment, ShopOrder};
use crate::session::{Result, Session};
use crate::value::Value;

/// An order or a cart, in one snapshot.
pub(super) async fn read(session: &mut impl Session, id: i64) -> Result<Option<ShopOrder>> {
    let lines = rows(session, sql::READ_ORDER, [id.into()]).await?;
    let Some(first) = lines.first() else {
        return Ok(None);
    };
    let line = |row: &Vec<Value>| OrderLine {
        product_id: int(&row[2]),
        quantity: int(&row[3]),
    };
    Ok(Some(ShopOrder {
        order_id: id,
        user_id: int(&first[0]),
        status: OrderStatus::named(&first[1].to_string()).expect("one of the shop's own"),
        order_detail: lines.iter().map(line).collect(),
    }))
}

pub(super) async fn order(
    session: &mut impl Session,
    id: i64,
) -> std::result::Result<ShopAnswer, NotDone> {
    let order = read(session, id).await?;
    let order = order.ok_or_else(|| Problem::no_order(id))?;
    Ok(ShopAnswer::of(200, &order))
}

/// Moves an order on. The row of the order decides between a payment and a cancel at
/// once; what is asked for again changes nothing.
pub(super) async fn pay(
    session: &mut impl Session,
    payment: &Payment,
) -> std::result::Result<ShopAnswer, NotDone> {
    let order = transaction(session, async |session| move_on(session, payment).await).await?;
    Ok(ShopAnswer::of(200, &order))
}

async fn move_on(
    session: &mut impl Session,
    payment: &Payment,
) -> std::result::Result<ShopOrder, NotDone> {
    let (id, wanted) = (payment.order_id.get(), payment.payment_status);
    let is_end = matches!(wanted, OrderStatus::InProcess | OrderStatus::Cancel);
    let moved = is_end && changed(session, sql::PAY, [id.into(), text(wanted.name())]).await? == 1;
    let order = read(session, id).await?;
    let order = order.ok_or_else(|| Problem::no_order(id))?;
    if order.status != wanted {
        return Err(Problem::not_now(id, order.status.name(), wanted.name()).into());
    }
    if moved && wanted == OrderStatus::Cancel {
        // By product, as checkouts lock them.
        for line in &order.order_detail {
            let back = [line.product_id.into(), line.quantity.into()];
            changed(session, sql::PUT_BACK, back).await?;
        }
    }
    Ok(order)
}
