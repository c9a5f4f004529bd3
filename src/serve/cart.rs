//! Carts: one a user, until it is bought.

use super::answer::ShopAnswer;
use super::asking::{changed, int, rows, text};
use super::payment::read;
use super::problem::{NotDone, Problem};
use super::sql;
use super::transaction::transaction;
use super::values::{LINES_MAX, NewItem, NewItems, OrderLine, OrderStatus, ShopOrder};
use crate::session::{Error, Result, Session};
use crate::shop::{Cart, CheckoutKey, Line, Sku};
use crate::value::Value;

/// A cart as it was read.
pub(super) struct OpenCart {
    pub(super) order: ShopOrder,
    /// Changes with each item that is added.
    pub(super) revision: i64,
}

impl OpenCart {
    /// What a strategy is to sell.
    pub(super) fn wanted(&self) -> Cart {
        let line = |line: &OrderLine| Line {
            sku: Sku(narrow(line.product_id)),
            units: narrow(line.quantity),
        };
        Cart {
            buyer: narrow(self.order.user_id),
            key: CheckoutKey(self.order.order_id),
            lines: self.order.order_detail.iter().map(line).collect(),
            operation: 0,
        }
    }
}

/// The columns are of type `integer`, and what they hold is above 0.
fn narrow(number: i64) -> u32 {
    u32::try_from(number).expect("a value of an integer column")
}

/// The user's cart, if there is one.
pub(super) async fn open(session: &mut impl Session, user: i64) -> Result<Option<OpenCart>> {
    let lines = rows(session, sql::READ_CART, [user.into()]).await?;
    let Some(first) = lines.first() else {
        return Ok(None);
    };
    let line = |row: &Vec<Value>| OrderLine {
        product_id: int(&row[2]),
        quantity: int(&row[3]),
    };
    Ok(Some(OpenCart {
        order: ShopOrder {
            order_id: int(&first[0]),
            user_id: user,
            status: OrderStatus::InCart,
            order_detail: lines.iter().map(line).collect(),
        },
        revision: int(&first[1]),
    }))
}

/// Puts items into the user's cart. What is in it already adds up.
pub(super) async fn add(
    session: &mut impl Session,
    new: &NewItems,
) -> std::result::Result<ShopAnswer, NotDone> {
    match new.order_detail.len() {
        1..=LINES_MAX => {}
        0 => return Err(Problem::invalid("order_detail", "it is empty").into()),
        more => {
            let why = format!("{more} lines; at most {LINES_MAX} are allowed");
            return Err(Problem::invalid("order_detail", why).into());
        }
    }
    let products = column(&new.order_detail, |item| item.product_id.get());
    let unknown = rows(session, sql::UNKNOWN_PRODUCT, [products.clone()]).await?;
    if let Some(row) = unknown.first() {
        return Err(unknown_product(new, int(&row[0])).into());
    }
    let added = transaction(session, async |session| put(session, new, products).await).await;
    match added {
        Err(NotDone::Fault(Error::CheckViolation)) => {
            let why = "a product would stand in the cart with more than 1000000 units";
            Err(Problem::invalid("order_detail", why).into())
        }
        other => Ok(ShopAnswer::of(200, &other?)),
    }
}

async fn put(
    session: &mut impl Session,
    new: &NewItems,
    products: Value,
) -> std::result::Result<ShopOrder, NotDone> {
    let cart = rows(session, sql::LOCK_CART, [new.user_id.get().into()]).await?;
    let id = int(&cart[0][0]);
    let units = column(&new.order_detail, |item| item.quantity.get());
    changed(session, sql::ADD_ITEMS, [id.into(), products, units]).await?;
    let order = read(session, id)
        .await?
        .ok_or_else(|| Problem::no_order(id))?;
    if order.order_detail.len() > LINES_MAX {
        let why = format!("the cart would have more than {LINES_MAX} lines");
        return Err(Problem::invalid("order_detail", why).into());
    }
    Ok(order)
}

/// A number of each item, as a list that PostgreSQL takes apart.
fn column(items: &[NewItem], number: fn(&NewItem) -> i64) -> Value {
    let numbers: Vec<String> = items.iter().map(|item| number(item).to_string()).collect();
    text(numbers.join(","))
}

fn unknown_product(new: &NewItems, id: i64) -> Problem {
    let mut items = new.order_detail.iter();
    let at = items.position(|item| item.product_id.get() == id);
    let field = format!("order_detail[{}].product_id", at.unwrap_or_default());
    Problem::invalid(field, format!("there is no product {id}"))
}
