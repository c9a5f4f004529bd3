//! The money path, with many callers at the same moment.

use checkout_sim::shop::Isolation;
use checkout_sim::subject::script::shipped;
use serde_json::json;

use super::client::{Answer, answer};
use super::shop::{Shop, at_once, count};
use crate::fixture::Server;

const CALLERS: usize = 50;

/// Fifty users with one unit of a product each in their carts.
fn fill_carts(shop: &Shop, product: i64) {
    for user in 1..=CALLERS {
        shop.add(user, product, 1).is(200);
    }
}

#[test]
fn naive_sells_one_unit_many_times() {
    let shop = Shop::open("--strategy naive", &Server::shared());
    let product = shop.product(1);
    fill_carts(&shop, product);
    let told = at_once(CALLERS, |n| shop.checkout(n + 1));
    assert_eq!(count(&told, 201), CALLERS, "it never says no");
    let orders = shop.ask("SELECT count(*)::text FROM SHOP.orders");
    assert_eq!(orders, [CALLERS.to_string()]);
    shop.close();
}

#[test]
fn optimistic_never_oversells() {
    sells_right("optimistic");
}

#[test]
fn row_lock_never_oversells() {
    sells_right("row-lock");
}

#[test]
fn atomic_never_oversells() {
    sells_right("atomic");
}

#[test]
fn check_constraint_never_oversells() {
    sells_right("check-constraint");
}

/// The shipped script of a strategy as a file of the caller's own.
fn script(name: &str) -> (tempfile::TempDir, String) {
    own_script(shipped::named(name).expect("it ships"))
}

fn own_script(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkout.sql");
    std::fs::write(&path, text).unwrap();
    let path = path.display().to_string();
    (folder, path)
}

#[test]
fn a_script_of_optimistic_never_oversells() {
    let (_folder, path) = script("optimistic");
    sells_right(&path);
}

#[test]
fn a_script_of_naive_sells_one_unit_many_times() {
    let (_folder, path) = script("naive");
    let shop = Shop::open(&format!("--strategy {path}"), &Server::shared());
    let product = shop.product(1);
    fill_carts(&shop, product);
    let told = at_once(CALLERS, |n| shop.checkout(n + 1));
    assert_eq!(count(&told, 201), CALLERS, "it never says no: {told:?}");
    let orders = shop.ask("SELECT count(*)::text FROM SHOP.orders");
    assert_eq!(orders, [CALLERS.to_string()]);
    shop.close();
}

/// Each of its statements commits by itself, and so does the end of the cart.
#[test]
fn a_script_without_a_transaction_never_oversells() {
    let (_folder, path) = script("autocommit");
    for level in Isolation::ALL {
        let flags = format!("--strategy {path} --isolation {level} --max-tries 100");
        let shop = Shop::open(&flags, &Server::shared());
        let scarce = one_unit_is_sold_once(&shop);
        let product = shop.product(9);
        shop.add(100, product, 2).is(200);
        let told = shop.checkout_under("one", 100).is(201);
        let again = shop.checkout_under("one", 100).is(201);
        assert_eq!(told.json, again.json);
        assert_eq!(shop.stock(product), 7, "taken once");
        assert_eq!(shop.checkout(100).is(409).problem(), "empty-cart");
        shop.assert_balanced(&[scarce, (product, 9)]);
        shop.close();
    }
}

/// Whether a cart is sold is told by its order, and not by what the script says.
#[test]
fn a_script_that_says_what_is_not_so_is_found_out() {
    let place = "INSERT INTO orders (checkout_key, buyer) VALUES (:checkout_key, :buyer)";
    let lines = "SELECT :product_1::int, :product_2::int, :product_3::int;";
    // It places no order, and says that it sold.
    let (_folder, path) = own_script(&format!(
        "BEGIN;\n{lines}\nUPDATE products SET stock = stock;\nCOMMIT;\n\\set outcome_done true\n"
    ));
    let shop = Shop::open(&format!("--strategy {path}"), &Server::shared());
    let product = shop.product(3);
    shop.add(1, product, 1).is(200);
    let told = shop.checkout_under("one", 1).is(500);
    assert_eq!(told.problem(), "internal", "{told:?}");
    // Nothing is kept under the key, and the cart is open.
    shop.add(1, product, 1).is(200);
    shop.checkout_under("one", 1).is(500);
    shop.close();
    // It places one, and says that there was too little.
    let (_folder, path) = own_script(&format!(
        "BEGIN;\n{lines}\n{place};\nCOMMIT;\n\\set outcome_refused true\n"
    ));
    let shop = Shop::open(&format!("--strategy {path}"), &Server::shared());
    let product = shop.product(3);
    shop.add(1, product, 1).is(200);
    shop.checkout(1).is(201);
    assert_eq!(shop.checkout(1).is(409).problem(), "empty-cart");
    shop.close();
}

/// A script may end what has failed by COMMIT: then nothing stands, and the shop goes on.
#[test]
fn a_script_that_commits_what_has_failed_sells_nothing() {
    let place = "INSERT INTO orders (checkout_key, buyer) VALUES (:checkout_key, :buyer)";
    let (_folder, path) = own_script(&format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ;\n\
         SELECT :product_1::int, :product_2::int, :product_3::int;\n\
         UPDATE products SET stock = stock - 1 WHERE id = :product_1;\n{place};\n\
         SELECT 1 / (stock - stock) FROM products;\n\\set has_failed :ERROR\nCOMMIT;\n\
         \\set outcome_refused :has_failed\n"
    ));
    let shop = Shop::open(&format!("--strategy {path}"), &Server::shared());
    let product = shop.product(3);
    for _ in 0..2 {
        shop.add(1, product, 1).is(200);
        shop.checkout(1).is(409);
    }
    shop.assert_balanced(&[(product, 3)]);
    shop.close();
}

#[test]
fn a_cart_of_more_lines_than_a_script_knows_is_refused() {
    let (_folder, path) = script("optimistic");
    let shop = Shop::open(&format!("--strategy {path}"), &Server::shared());
    let products: Vec<i64> = (0..4).map(|_| shop.product(5)).collect();
    for product in &products[..3] {
        shop.add(1, *product, 1).is(200);
        shop.add(2, *product, 1).is(200);
    }
    shop.checkout(1).is(201);
    shop.add(2, products[3], 1).is(200);
    let refused = shop.checkout_under("one", 2).is(422);
    assert_eq!(refused.problem(), "invalid");
    let detail = refused.json["detail"].as_str().unwrap();
    assert!(
        detail.contains("checkout.sql reads 3 lines of a cart, and a cart has 4"),
        "{detail}"
    );
    let supply: Vec<(i64, i64)> = products.iter().map(|product| (*product, 5)).collect();
    shop.assert_balanced(&supply);
    shop.close();
}

/// At every level, whatever is asked at the same moment.
fn sells_right(strategy: &str) {
    for level in Isolation::ALL {
        let flags = format!("--strategy {strategy} --isolation {level} --max-tries 100");
        let shop = Shop::open(&flags, &Server::shared());
        let supply = [
            one_unit_is_sold_once(&shop),
            one_key_is_one_order(&shop),
            one_cart_is_one_order(&shop),
            no_item_is_lost(&shop),
            a_payment_and_a_cancel_end_in_one_of_both(&shop),
        ];
        shop.assert_balanced(&supply);
        shop.close();
    }
}

fn one_unit_is_sold_once(shop: &Shop) -> (i64, i64) {
    let product = shop.product(1);
    fill_carts(shop, product);
    let told = at_once(CALLERS, |n| shop.checkout(n + 1));
    assert_eq!((count(&told, 201), shop.stock(product)), (1, 0), "{told:?}");
    for refused in told.into_iter().filter(|answer| answer.status != 201) {
        let refused = refused.is(409);
        assert_eq!(refused.problem(), "sold-out", "{refused:?}");
        assert_eq!(refused.json["product_id"], product, "the one that ran out");
    }
    (product, 1)
}

fn one_key_is_one_order(shop: &Shop) -> (i64, i64) {
    let product = shop.product(9);
    let user = 100;
    shop.add(user, product, 2).is(200);
    let told = at_once(CALLERS, |_| shop.checkout_under("one", user));
    assert_eq!(count(&told, 201), CALLERS, "{told:?}");
    assert!(
        told.iter().all(|answer| answer.json == told[0].json),
        "{told:?}"
    );
    assert_eq!(
        told[0].json["order_detail"],
        json!([{ "product_id": product, "quantity": 2 }])
    );
    assert_eq!(shop.stock(product), 7, "taken once");
    let other = shop.checkout_under("one", user + 1).is(422);
    assert_eq!(other.problem(), "key-reused");
    // A refusal is kept like an order, though there is something to sell by then.
    let refused = shop.checkout_under("two", user).is(409);
    shop.add(user, product, 1).is(200);
    let again = shop.checkout_under("two", user);
    assert_eq!(
        (refused.problem(), again.json),
        ("empty-cart", refused.json.clone())
    );
    (product, 9)
}

fn one_cart_is_one_order(shop: &Shop) -> (i64, i64) {
    let product = shop.product(9);
    let user = 200;
    shop.add(user, product, 1).is(200);
    let told = at_once(CALLERS, |_| shop.checkout(user));
    assert_eq!(
        (count(&told, 201), count(&told, 409)),
        (1, CALLERS - 1),
        "{told:?}"
    );
    assert_eq!(shop.stock(product), 8, "taken once");
    (product, 9)
}

/// Items that are added at once, while the cart is bought: each is in an order or in the
/// cart that is left, once.
fn no_item_is_lost(shop: &Shop) -> (i64, i64) {
    let product = shop.product(1000);
    let user = 300;
    let told = at_once(CALLERS, |n| match n % 5 {
        0 => (false, shop.checkout(user)),
        _ => (true, shop.add(user, product, 1)),
    });
    let added: Vec<Answer> = told
        .into_iter()
        .filter(|(adds, _)| *adds)
        .map(|(_, told)| told)
        .collect();
    assert_eq!(count(&added, 200), CALLERS * 4 / 5, "{added:?}");
    let kept = format!(
        "SELECT coalesce(sum(units), 0)::text FROM SHOP.shop_items WHERE product_id = {product}"
    );
    assert_eq!(
        shop.ask(&kept),
        [(CALLERS * 4 / 5).to_string()],
        "each unit once"
    );
    (product, 1000)
}

fn a_payment_and_a_cancel_end_in_one_of_both(shop: &Shop) -> (i64, i64) {
    let product = shop.product(100);
    for round in 0..5 {
        let user = 400 + round;
        shop.add(user, product, 3).is(200);
        let left = shop.stock(product);
        let order = shop.checkout(user).is(201).json["order_id"]
            .as_i64()
            .unwrap();
        let wanted = |n: usize| ["IN_PROCESS", "CANCEL"][n % 2];
        let told = at_once(10, |n| (wanted(n), shop.pay(order, wanted(n))));
        let end = shop.get(&format!("/order/?order_id={order}")).is(200);
        for (wanted, told) in told {
            // What is asked for again is told again; what came too late is refused.
            let status = if end.json["status"] == wanted {
                200
            } else {
                409
            };
            told.is(status);
        }
        let back = if end.json["status"] == "CANCEL" {
            left
        } else {
            left - 3
        };
        assert_eq!(shop.stock(product), back, "put back once, or not at all");
    }
    (product, 100)
}

/// A checkout whose every try is lost is told so, and has changed nothing: the same
/// request is carried out later. The test is the faster buyer, at the same moment each
/// time: while the checkout waits for the row that it has read.
#[test]
fn a_checkout_that_loses_every_try_changes_nothing() {
    let (_folder, script) = script("optimistic");
    for (strategy, level) in [
        ("optimistic", "read-committed"),
        ("row-lock", "repeatable-read"),
        ("atomic", "serializable"),
        (&script, "read-committed"),
    ] {
        let flags = format!("--strategy {strategy} --isolation {level} --max-tries 1");
        let shop = Shop::open(&flags, &Server::shared());
        let product = shop.product(9);
        shop.add(1, product, 2).is(200);
        let faster = shop.hold("UPDATE SHOP.products SET stock = stock - 3, version = version + 1");
        let asked = shop.begin_checkout(1);
        faster.commit();
        let told = answer(asked).is(503);
        assert_eq!(
            told.problem(),
            "lost-to-concurrency",
            "{strategy}: {told:?}"
        );
        assert!(told.headers.contains("retry-after: 1"), "{told:?}");
        assert_eq!(shop.stock(product), 6, "{strategy}");
        // No answer was given under the key, so it is still free.
        shop.checkout_under("begun-1", 1).is(201);
        shop.assert_balanced(&[(product, 6)]);
        shop.close();
    }
}
