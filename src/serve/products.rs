//! Products and their stock.

use super::answer::ShopAnswer;
use super::asking::{int, rows, text};
use super::problem::{NotDone, Problem};
use super::sql;
use super::values::{NewProduct, ShopProduct, StockOnHand};
use crate::session::Session;
use crate::shop::Sku;
use crate::statement::Statement;
use crate::value::Value;

pub(super) async fn create(
    session: &mut impl Session,
    new: &NewProduct,
) -> Result<ShopAnswer, NotDone> {
    let (name, stock) = (new.name.as_str(), new.stock.get());
    let created = rows(session, sql::CREATE_PRODUCT, [text(name), stock.into()]).await?;
    let product = ShopProduct {
        id: int(&created[0][0]),
        name: name.to_owned(),
        stock,
    };
    Ok(ShopAnswer::of(201, &product))
}

pub(super) async fn list(session: &mut impl Session, after: i64) -> Result<ShopAnswer, NotDone> {
    let listed = rows(session, sql::LIST_PRODUCTS, [after.into()]).await?;
    let products: Vec<ShopProduct> = listed.iter().map(|row| product(row)).collect();
    Ok(ShopAnswer::of(200, &products))
}

pub(super) async fn one(session: &mut impl Session, sku: Sku) -> Result<ShopAnswer, NotDone> {
    let found = rows(session, sql::READ_PRODUCT, [i64::from(sku.0).into()]).await?;
    let Some(row) = found.first() else {
        return Err(Problem::no_product(&sku.0.to_string()).into());
    };
    Ok(ShopAnswer::of(200, &product(row)))
}

/// The stock check: the statement with which strategies read.
pub(super) async fn stock(session: &mut impl Session, sku: Sku) -> Result<ShopAnswer, NotDone> {
    let read = session.execute(Statement::ReadStock(sku)).await?;
    let Some(read) = read.as_stock() else {
        return Err(Problem::no_product(&sku.0.to_string()).into());
    };
    let on_hand = StockOnHand {
        product_id: sku.0.into(),
        stock: read.stock,
    };
    Ok(ShopAnswer::of(200, &on_hand))
}

fn product(row: &[Value]) -> ShopProduct {
    ShopProduct {
        id: int(&row[0]),
        name: row[1].to_string(),
        stock: int(&row[2]),
    }
}
