//! The routes: one table, from which both the service and its description are made.

use axum::http::Method;
use schemars::{Schema, SchemaGenerator};

use super::input::Input;
use super::problem::Problem;
use super::shop::Ask;
use super::values::{
    NewCheckout, NewItems, NewProduct, Payment, ShopOrder, ShopProduct, StockOnHand,
};

/// The form of a body.
pub(super) type Form = fn(&mut SchemaGenerator) -> Schema;

/// One route.
pub(super) struct Route {
    pub(super) method: Method,
    pub(super) path: &'static str,
    /// Its name for generated clients.
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) parameters: &'static [Parameter],
    /// The body that it takes, if any.
    pub(super) takes: Option<Form>,
    /// The status where all is well, and what is answered then.
    pub(super) answers: (u16, Form),
    /// The statuses of its own refusals, each with when it comes; every route has 503, and
    /// one with a body has more.
    pub(super) refusals: &'static [(u16, &'static str)],
    /// What a request asks for.
    pub(super) ask: fn(&Input) -> Result<Ask, Problem>,
}

/// What a request says beside its body.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    /// `path`, `query` or `header`.
    pub(super) place: &'static str,
    pub(super) is_required: bool,
    pub(super) about: &'static str,
    pub(super) form: Form,
}

const PRODUCT_ID: Parameter = Parameter {
    name: "id",
    place: "path",
    is_required: true,
    about: "The number of a product",
    form: |g| g.subschema_for::<super::values::RowNumber>(),
};

const ORDER_ID: Parameter = Parameter {
    name: "order_id",
    place: "query",
    is_required: true,
    about: "The number of an order",
    form: |g| g.subschema_for::<super::values::OrderNumber>(),
};

const AFTER: Parameter = Parameter {
    name: "after",
    place: "query",
    is_required: false,
    about: "List the products after this one",
    form: |g| g.subschema_for::<i64>(),
};

const KEY: Parameter = Parameter {
    name: "Idempotency-Key",
    place: "header",
    is_required: false,
    about: "The same key, the same answer: a request that is sent twice is carried out once",
    form: |_| schemars::json_schema!({ "type": "string", "pattern": "^[!-~]{1,255}$" }),
};

const NO_PRODUCT: (u16, &str) = (404, "There is no such product");
const NO_ORDER: (u16, &str) = (404, "There is no such order");
const REFUSED: (u16, &str) = (422, "A value is refused; `field` names it");

/// Every route but that of the description itself.
pub(super) const ROUTES: [Route; 8] = [
    Route {
        method: Method::POST,
        path: "/product/",
        name: "create_product",
        about: "Put a product on the shelves",
        parameters: &[],
        takes: Some(|g| g.subschema_for::<NewProduct>()),
        answers: (201, |g| g.subschema_for::<ShopProduct>()),
        refusals: &[],
        ask: |input| Ok(Ask::CreateProduct(input.json()?)),
    },
    Route {
        method: Method::GET,
        path: "/product/",
        name: "list_products",
        about: "The products with their stock, by number, a thousand at most",
        parameters: &[AFTER],
        takes: None,
        answers: (200, |g| g.subschema_for::<Vec<ShopProduct>>()),
        refusals: &[REFUSED],
        ask: |input| input.after().map(|after| Ask::ListProducts { after }),
    },
    Route {
        method: Method::GET,
        path: "/product/{id}",
        name: "get_product",
        about: "One product with its stock",
        parameters: &[PRODUCT_ID],
        takes: None,
        answers: (200, |g| g.subschema_for::<ShopProduct>()),
        refusals: &[NO_PRODUCT],
        ask: |input| input.product().map(Ask::Product),
    },
    Route {
        method: Method::GET,
        path: "/product/{id}/stock",
        name: "check_stock",
        about: "The stock check",
        parameters: &[PRODUCT_ID],
        takes: None,
        answers: (200, |g| g.subschema_for::<StockOnHand>()),
        refusals: &[NO_PRODUCT],
        ask: |input| input.product().map(Ask::Stock),
    },
    Route {
        method: Method::POST,
        path: "/order/add-item",
        name: "add_item",
        about: "Put items into the user's cart; what is in it already adds up",
        parameters: &[],
        takes: Some(|g| g.subschema_for::<NewItems>()),
        answers: (200, |g| g.subschema_for::<ShopOrder>()),
        refusals: &[],
        ask: |input| Ok(Ask::AddItems(input.json()?)),
    },
    Route {
        method: Method::POST,
        path: "/order/checkout",
        name: "checkout",
        about: "Buy what is in the user's cart: all of it or nothing",
        parameters: &[KEY],
        takes: Some(|g| g.subschema_for::<NewCheckout>()),
        answers: (201, |g| g.subschema_for::<ShopOrder>()),
        refusals: &[(409, "A product has run out, or the cart is empty")],
        ask: |input| {
            let NewCheckout { user_id } = input.json()?;
            let (user, key) = (user_id.get(), input.key()?);
            Ok(Ask::Checkout { user, key })
        },
    },
    Route {
        method: Method::POST,
        path: "/order/update-payment",
        name: "update_payment",
        about: "Say that an order is paid (IN_PROCESS) or cancelled (CANCEL); a cancel puts the \
                stock back",
        parameters: &[],
        takes: Some(|g| g.subschema_for::<Payment>()),
        answers: (200, |g| g.subschema_for::<ShopOrder>()),
        refusals: &[NO_ORDER, (409, "The order does not wait for that")],
        ask: |input| Ok(Ask::Pay(input.json()?)),
    },
    Route {
        method: Method::GET,
        path: "/order/",
        name: "get_order",
        about: "One order, or the cart that becomes one",
        parameters: &[ORDER_ID],
        takes: None,
        answers: (200, |g| g.subschema_for::<ShopOrder>()),
        refusals: &[NO_ORDER, REFUSED],
        ask: |input| input.order().map(Ask::Order),
    },
];

impl Route {
    /// Every status that it answers with where the answer is no, each with when it comes.
    pub(super) fn all_refusals(&self) -> Vec<(u16, &'static str)> {
        const OF_A_BODY: [(u16, &str); 5] = [
            (400, "The body is no JSON"),
            (408, "The body did not come in time"),
            (413, "The body is too large"),
            (415, "The body is not said to be JSON"),
            REFUSED,
        ];
        const OF_EACH: (u16, &str) = (
            503,
            "Nothing can be said now: the database is away, or too much is asked at once",
        );
        let of_a_body = OF_A_BODY.into_iter().filter(|_| self.takes.is_some());
        let all = self.refusals.iter().copied().chain(of_a_body);
        all.chain([OF_EACH]).collect()
    }
}
