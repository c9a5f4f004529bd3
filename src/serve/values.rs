//! What callers send and what they are told, as JSON.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Number;

/// A whole number within bounds. A number beyond them is refused by the name of its
/// field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Number")]
pub(super) struct Bounded<const MIN: i64, const MAX: i64>(i64);

impl<const MIN: i64, const MAX: i64> Bounded<MIN, MAX> {
    pub(super) const fn get(self) -> i64 {
        self.0
    }
}

impl<const MIN: i64, const MAX: i64> TryFrom<Number> for Bounded<MIN, MAX> {
    type Error = String;

    fn try_from(number: Number) -> Result<Self, String> {
        let within = whole(&number).filter(|whole| (MIN..=MAX).contains(whole));
        within.map(Self).ok_or_else(|| {
            let shown = number.to_string();
            let shown: String = shown.chars().take(30).collect();
            format!("{shown} is no whole number from {MIN} to {MAX}")
        })
    }
}

/// To JSON `1.0` is as whole as `1`. A double is exact up to 2^53.
fn whole(number: &Number) -> Option<i64> {
    let double = || {
        number
            .as_f64()
            .filter(|d| d.fract() == 0.0 && d.abs() < 9.0e15)
    };
    number
        .as_i64()
        .or_else(|| double().map(|double| double as i64))
}

impl<const MIN: i64, const MAX: i64> JsonSchema for Bounded<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("From{MIN}To{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}

/// Units that one product can have.
pub(super) type StockUnits = Bounded<0, 1_000_000_000>;
/// Units on one line of a cart.
pub(super) type LineUnits = Bounded<1, 1_000_000>;
/// A number of a product, or of a user: the columns are of type `integer`.
pub(super) type RowNumber = Bounded<1, { i32::MAX as i64 }>;
/// The number of an order.
pub(super) type OrderNumber = Bounded<1, { i64::MAX }>;

/// Lines of one cart, and of one request.
pub(super) const LINES_MAX: usize = 100;
const NAME_MAX: usize = 200;

/// The name of a product.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct ProductName(String);

impl JsonSchema for ProductName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ProductName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 1,
            "maxLength": NAME_MAX,
            "pattern": "^[^\\x00]+$",
        })
    }
}

impl ProductName {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ProductName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match name.chars().count() {
            0 => Err("a name has at least one character".into()),
            1..=NAME_MAX if name.contains('\0') => Err("a name has no character NUL".into()),
            1..=NAME_MAX => Ok(Self(name)),
            longer => Err(format!(
                "{longer} characters; at most {NAME_MAX} are allowed"
            )),
        }
    }
}

/// A product that is to be sold.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewProduct {
    pub(super) name: ProductName,
    pub(super) stock: StockUnits,
}

/// A product, with the units on hand; a broken strategy can make them negative.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ShopProduct {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) stock: i64,
}

/// The stock check.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct StockOnHand {
    pub(super) product_id: i64,
    pub(super) stock: i64,
}

/// What is put into a cart.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewItems {
    pub(super) user_id: RowNumber,
    #[schemars(length(min = 1, max = 100))]
    pub(super) order_detail: Vec<NewItem>,
}

/// So many units of a product.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewItem {
    pub(super) product_id: RowNumber,
    pub(super) quantity: LineUnits,
}

/// Whose cart is to be bought.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCheckout {
    pub(super) user_id: RowNumber,
}

/// What has become of a payment.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Payment {
    pub(super) order_id: OrderNumber,
    pub(super) payment_status: OrderStatus,
}

/// How far an order is. A cart becomes an order that waits for its payment; from there it
/// is in process, or cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum OrderStatus {
    InCart,
    WaitingPayment,
    InProcess,
    Cancel,
}

impl OrderStatus {
    const ALL: [Self; 4] = [
        Self::InCart,
        Self::WaitingPayment,
        Self::InProcess,
        Self::Cancel,
    ];

    /// As it is sent, and kept.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::InCart => "IN_CART",
            Self::WaitingPayment => "WAITING_PAYMENT",
            Self::InProcess => "IN_PROCESS",
            Self::Cancel => "CANCEL",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// An order, or the cart that becomes one.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct ShopOrder {
    pub(super) order_id: i64,
    pub(super) user_id: i64,
    pub(super) status: OrderStatus,
    pub(super) order_detail: Vec<OrderLine>,
}

/// One line of an order.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub(super) struct OrderLine {
    pub(super) product_id: i64,
    pub(super) quantity: i64,
}
