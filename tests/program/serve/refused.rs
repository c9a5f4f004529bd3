//! Requests that are refused.

use super::client::{answer, request, send};
use super::shop::{JSON, Shop};
use crate::fixture::{self, Server, sim};

#[test]
fn every_bad_request_has_its_answer() {
    let shop = Shop::open("--max-body 200 --max-time 1s", &Server::shared());
    let product = shop.product(5);
    let nothing = shop.ask("SELECT count(*)::text FROM SHOP.shop_purchases");
    let item = |id: &str, quantity: &str| {
        format!(r#"{{"user_id":1,"order_detail":[{{"product_id":{id},"quantity":{quantity}}}]}}"#)
    };
    let huge = "9".repeat(30);
    let (quantity, id) = ("order_detail[0].quantity", "order_detail[0].product_id");
    let refused = [
        (
            "/product/",
            r#"{"name":"x","stock":-1}"#.to_owned(),
            422,
            "stock",
        ),
        (
            "/product/",
            r#"{"name":"x","stock":1000000001}"#.into(),
            422,
            "stock",
        ),
        (
            "/product/",
            format!(r#"{{"name":"x","stock":{huge}}}"#),
            422,
            "stock",
        ),
        ("/product/", r#"{"name":"","stock":1}"#.into(), 422, "name"),
        (
            "/product/",
            r#"{"name":"a\u0000b","stock":1}"#.into(),
            422,
            "name",
        ),
        ("/product/", r#"{"stock":1}"#.into(), 422, "body"),
        ("/product/", "[".into(), 400, ""),
        ("/product/", "{} {}".into(), 400, ""),
        ("/product/", r#"["lamp",1]"#.into(), 422, "body"),
        ("/product/", format!("{{{}}}", " ".repeat(200)), 413, ""),
        (
            "/order/add-item",
            item(&product.to_string(), "0"),
            422,
            quantity,
        ),
        (
            "/order/add-item",
            item(&product.to_string(), "-3"),
            422,
            quantity,
        ),
        (
            "/order/add-item",
            item(&product.to_string(), "1.5"),
            422,
            quantity,
        ),
        (
            "/order/add-item",
            item(&product.to_string(), "1000001"),
            422,
            quantity,
        ),
        (
            "/order/add-item",
            item(&product.to_string(), &huge),
            422,
            quantity,
        ),
        ("/order/add-item", item("999", "1"), 422, id),
        ("/order/add-item", item("0", "1"), 422, id),
        (
            "/order/add-item",
            r#"{"user_id":1,"order_detail":[]}"#.into(),
            422,
            "order_detail",
        ),
        (
            "/order/add-item",
            format!(r#"{{"user_id":1,"order_detail":[[{product},1]]}}"#),
            422,
            "order_detail[0]",
        ),
        (
            "/order/add-item",
            r#"{"user_id":1,"order_detail":7}"#.into(),
            422,
            "order_detail",
        ),
        ("/order/checkout", r#"{"user_id":0}"#.into(), 422, "user_id"),
        (
            "/order/checkout",
            r#"{"user_id":"ж"}"#.into(),
            422,
            "user_id",
        ),
        (
            "/order/checkout",
            r#"{"user_id":1,"user_id":7}"#.into(),
            422,
            "body",
        ),
        ("/order/checkout", r#"{"user_id":7}"#.into(), 409, ""),
        (
            "/order/checkout",
            r#"{"user_id":7,"more":1}"#.into(),
            422,
            "more",
        ),
        (
            "/order/update-payment",
            r#"{"order_id":1,"payment_status":"PAID"}"#.into(),
            422,
            "payment_status",
        ),
        (
            "/order/update-payment",
            r#"{"order_id":77,"payment_status":"CANCEL"}"#.into(),
            404,
            "",
        ),
    ];
    for (path, body, status, field) in refused {
        let told = shop.post_with(path, &[JSON], &body).is(status);
        let named = told.json["field"].as_str().unwrap_or_default();
        assert_eq!(named, field, "{body}: {told:?}");
    }
    for path in [
        "/product/999",
        "/product/0/stock",
        "/product/x",
        "/order/?order_id=77",
        "/nowhere",
    ] {
        shop.get(path).is(404);
    }
    shop.get("/order/").is(422);
    shop.post_with("/product/", &["Content-Type: text/plain"], "{}")
        .is(415);
    for key in ["k".repeat(256), "a b".into(), String::new()] {
        let key = format!("Idempotency-Key: {key}");
        let told = shop.post_with("/order/checkout", &[JSON, &key], r#"{"user_id":7}"#);
        assert_eq!(told.is(422).json["field"], "Idempotency-Key");
    }
    let two = [JSON, "Idempotency-Key: a", "Idempotency-Key: b"];
    let told = shop.post_with("/order/checkout", &two, r#"{"user_id":7}"#);
    assert_eq!(told.is(422).json["field"], "Idempotency-Key");
    // To JSON this is a whole number.
    shop.post_with("/product/", &[JSON], r#"{"name":"x","stock":1.0}"#)
        .is(201);
    // The line and the cart have bounds too, however they are reached.
    shop.add(1, product, 1_000_000).is(200);
    shop.add(1, product, 1).is(422);
    assert_eq!(shop.stock(product), 5);
    let carts = shop.ask("SELECT count(*)::text FROM SHOP.shop_purchases");
    assert_eq!(
        (nothing, carts),
        (vec!["0".into()], vec!["1".into()]),
        "nothing else was made"
    );
    // A body that does not come is not waited for.
    let head = request("POST", "/product/", &[JSON, "Content-Length: 50"], "");
    answer(send(shop.address, &head)).is(408);
    shop.close();
}

/// Before anything starts.
#[test]
fn wrong_flags_are_refused_by_name() {
    let calls = [
        "serve --strategy optimstic",
        "serve --strategy naive,atomic",
        "serve --strategy all",
        "serve --isolation all",
        "serve --port 65536",
        "serve --host shop",
        "serve --connections 0",
        "serve --max-clients 0",
        "serve --max-body 0",
        "serve --max-time 0s",
        "serve --max-tries 0",
        "serve --keep",
        "serve --schema shop",
        "serve --schema Shop --database-url postgres://localhost/x",
        "serve --buyers 3",
    ];
    insta::assert_snapshot!("serve_refusals", fixture::refusals(&calls));
}

#[test]
fn help_shows_every_flag() {
    let help = sim("serve --help").without_postgres().run();
    insta::assert_snapshot!("help_serve", help.exits(0).complains_of_nothing().stdout);
    help.is_narrow();
}

/// Users put as many lines into a cart as they like.
#[test]
fn a_script_that_knows_one_line_is_refused_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.sql");
    let text = "BEGIN;\nINSERT INTO orders (checkout_key, buyer) \
                SELECT :checkout_key, :buyer FROM products WHERE id = :product;\nCOMMIT;\n";
    std::fs::write(&path, text).unwrap();
    let call = sim(&format!("serve --strategy {}", path.display()));
    let refused = call.without_postgres().run();
    refused.exits(2).says_nothing();
    refused.complains("one.sql reads the first line of a cart alone");
    // What cannot be read is refused where it stands.
    std::fs::write(&path, "SELECT :nothing;\n").unwrap();
    let call = sim(&format!("serve --strategy {}", path.display()));
    let refused = call.without_postgres().run();
    refused.exits(2).complains("one.sql:1:");
}
