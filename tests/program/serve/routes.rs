//! What each route answers where all is well, and what the shop says of itself.

use std::collections::BTreeSet;

use serde_json::json;

use super::client::{answer, request, send};
use super::shop::{JSON, Shop};
use crate::fixture::{Database, Server};

#[test]
fn each_route_answers() {
    every_route(&Server::shared());
}

/// From the shelves to a cancel, by way of every route.
pub fn every_route(database: &Database) {
    let shop = Shop::open("--strategy row-lock", database);
    let lamp = json!({ "id": 1, "name": "Lämpchen 💡", "stock": 5 });
    let new = json!({ "name": lamp["name"], "stock": 5 });
    assert_eq!(shop.post("/product/", &new).is(201).json, lamp);
    assert_eq!(shop.product(7), 2);
    assert_eq!(shop.get("/product/1").is(200).json, lamp);
    let stock = json!({ "product_id": 1, "stock": 5 });
    assert_eq!(shop.get("/product/1/stock").is(200).json, stock);
    let other = json!({ "id": 2, "name": "lamp", "stock": 7 });
    assert_eq!(shop.get("/product/").is(200).json, json!([lamp, other]));
    assert_eq!(shop.get("/product/?after=1").is(200).json, json!([other]));

    let items = |lines: &[(i64, i64)]| {
        let lines = lines.iter();
        lines
            .map(|(product, units)| json!({ "product_id": product, "quantity": units }))
            .collect::<Vec<_>>()
    };
    let order = |status: &str| {
        json!({
            "order_id": 1, "user_id": 3, "status": status,
            "order_detail": items(&[(1, 3), (2, 5)]),
        })
    };
    // A product twice, in one request and in two: it adds up.
    let first = json!({ "user_id": 3, "order_detail": items(&[(2, 1), (1, 2), (2, 3)]) });
    shop.post("/order/add-item", &first).is(200);
    let second = json!({ "user_id": 3, "order_detail": items(&[(2, 1), (1, 1)]) });
    let cart = shop.post("/order/add-item", &second).is(200).json;
    assert_eq!(cart, order("IN_CART"));
    assert_eq!(shop.get("/order/?order_id=1").is(200).json, cart);
    let early = shop.pay(1, "CANCEL").is(409);
    assert_eq!(early.problem(), "not-now", "it is no order yet");
    assert_eq!(
        (shop.stock(1), shop.stock(2)),
        (5, 7),
        "a cart takes nothing"
    );

    let bought = shop.checkout_under("k", 3).is(201).json;
    assert_eq!(bought, order("WAITING_PAYMENT"));
    assert_eq!((shop.stock(1), shop.stock(2)), (2, 2));
    // The whole cart or nothing of it, by the line that is refused.
    shop.add(4, 1, 2).is(200);
    shop.add(4, 2, 3).is(200);
    let refused = shop.checkout(4).is(409);
    assert_eq!(
        (refused.problem(), &refused.json["product_id"]),
        ("sold-out", &json!(2))
    );
    assert_eq!((shop.stock(1), shop.stock(2)), (2, 2));

    for (status, told) in [("IN_CART", 409), ("WAITING_PAYMENT", 200), ("CANCEL", 200)] {
        shop.pay(1, status).is(told);
    }
    assert_eq!(shop.get("/order/?order_id=1").is(200).json, order("CANCEL"));
    assert_eq!((shop.stock(1), shop.stock(2)), (5, 7), "all of it is back");
    assert_eq!(shop.pay(1, "IN_PROCESS").is(409).problem(), "not-now");
    // Now there is enough for the other cart, which is still there.
    let later = shop.checkout(4).is(201).json["order_id"].as_i64().unwrap();
    shop.pay(later, "IN_PROCESS").is(200);
    assert_eq!(shop.pay(later, "CANCEL").is(409).problem(), "not-now");
    shop.assert_balanced(&[(1, 5), (2, 7)]);
    shop.close();
}

/// Each route of the document is one of the service, under no other method, and what is
/// answered is one of the statuses that the document has.
#[test]
fn the_description_is_of_the_routes() {
    let shop = Shop::open("", &Server::shared());
    shop.product(1);
    shop.add(1, 1, 1).is(200);
    let document = shop.get("/openapi.json").is(200).json;
    let paths = document["paths"].as_object().expect("paths");
    let mut described = BTreeSet::new();
    for (path, methods) in paths {
        let at = path.replace("{id}", "1");
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            let told = answer(send(shop.address, &request(method, &at, &[JSON], "{}")));
            let Some(operation) = methods.get(method.to_lowercase()) else {
                assert_eq!(
                    told.is(405).problem(),
                    "method-not-allowed",
                    "{method} {path}"
                );
                continue;
            };
            described.insert(format!("{method} {path}"));
            let statuses = operation["responses"].as_object().expect("responses");
            assert!(
                statuses.contains_key(&told.status.to_string()),
                "{method} {path}: {told:?}"
            );
        }
    }
    let wanted = [
        "GET /order/",
        "GET /product/",
        "GET /product/{id}",
        "GET /product/{id}/stock",
        "POST /order/add-item",
        "POST /order/checkout",
        "POST /order/update-payment",
        "POST /product/",
    ];
    assert_eq!(described, wanted.map(str::to_owned).into());
    let stock = &document["components"]["schemas"]["NewProduct"]["properties"]["stock"];
    assert_eq!(
        (&stock["minimum"], &stock["maximum"]),
        (&json!(0), &json!(1_000_000_000))
    );
    shop.close();
}
