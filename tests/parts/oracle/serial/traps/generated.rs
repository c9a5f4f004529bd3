//! Values that are generated: numbers, keys, tokens, times, and numbers that carry meaning.

use checkout_sim::oracle::serial::SerialVerdict;
use checkout_sim::shop::Outcome;
use checkout_sim::value::Value;

use super::super::lab::{Lab, Script, Trial, int, key, text};
use super::{buy, order_of, shop, verdict};

use Outcome::{Sold, SoldOut};
use SerialVerdict::{NotSerializable, Serial};

#[test]
fn a_loser_burns_numbers() {
    let trial = Trial::of(shop(5), &[buy, buy]);
    let judge = trial.judge();
    assert_eq!(
        judge.notes().of_sequences,
        ["lines.id", "lines.order_id", "orders.id"]
    );
    assert_eq!(judge.notes().by_value, [] as [String; 0]);
    // A takes a number of each sequence and is rolled back.
    let lost = || {
        let mut end = trial.schedule();
        end.next("orders_id");
        end
    };
    let mut end = lost();
    end.tell(0, Outcome::GaveUp);
    buy(&mut end, 1);
    assert_eq!(order_of(&judge, &end), Some(vec![1]));
    // The same with the units of a line changed.
    end.rows("lines")[0][2] = int(2);
    assert_eq!(verdict(&judge, &end), NotSerializable);
    // And with a line that belongs to no order.
    let mut end = lost();
    end.tell(0, Outcome::GaveUp);
    buy(&mut end, 1);
    end.rows("lines")[0][1] = int(7);
    assert_eq!(verdict(&judge, &end), NotSerializable);
    // A is told done although only B's order stands.
    let mut end = lost();
    buy(&mut end, 1);
    end.tell(0, Sold);
    assert_eq!(verdict(&judge, &end), NotSerializable);
}

/// Order 1 and line 1 are no more one thing than order 2 and line 1 are.
#[test]
fn numbers_of_two_sequences_are_equal_by_accident_only() {
    let trial = Trial::of(shop(5), &[buy, buy]);
    let judge = trial.judge();
    let mut end = trial.schedule();
    end.next("orders_id");
    buy(&mut end, 1);
    end.next("orders_id");
    end.next("lines_id");
    buy(&mut end, 0);
    assert_eq!(order_of(&judge, &end), Some(vec![0, 1]));
    // Lines that name each other's orders: the keys tell, so it is the same shop.
    let (one, two) = (
        end.rows("lines")[0][1].clone(),
        end.rows("lines")[1][1].clone(),
    );
    end.rows("lines")[0][1] = two;
    end.rows("lines")[1][1] = one.clone();
    assert_eq!(verdict(&judge, &end), Serial);
    // Both lines of one order.
    end.rows("lines")[0][1] = one;
    assert_eq!(verdict(&judge, &end), NotSerializable);
}

/// A number that stood there before is no generated one.
#[test]
fn numbers_of_the_start_are_compared_as_they_are() {
    let start = shop(5)
        .row("orders", [int(1), text("old")])
        .row("orders", [int(2), text("old")])
        .sequence("orders_id", 2);
    let add: Script = |lab, actor| {
        let line = lab.next("lines_id");
        lab.insert("lines", [int(line), int(2), int(1)]);
        buy(lab, actor);
    };
    let trial = Trial::of(start, &[add]);
    let judge = trial.judge();
    let mut end = trial.schedule();
    add(&mut end, 0);
    assert_eq!(verdict(&judge, &end), Serial);
    end.rows("lines")[0][1] = int(1);
    assert_eq!(verdict(&judge, &end), NotSerializable);
    // A new number that no other row shares is still no old one.
    let start = shop(5)
        .row("orders", [int(1), text("old")])
        .with("seen", &["order_id"]);
    let see: Script = |lab, actor| {
        let id = lab.next("orders_id");
        lab.insert("seen", [int(id)]);
        lab.tell(actor, Sold);
    };
    let trial = Trial::of(start.sequence("orders_id", 1), &[see, buy]);
    let judge = trial.judge();
    for (id, expected) in [(7, Serial), (1, NotSerializable)] {
        let mut end = trial.schedule();
        buy(&mut end, 1);
        end.insert("seen", [int(id)]);
        end.tell(0, Sold);
        assert_eq!(verdict(&judge, &end), expected, "{id}");
    }
}

#[test]
fn keys_that_are_drawn_are_compared_by_what_shares_them() {
    let start = Lab::default()
        .with("orders", &["id", "key"])
        .with("lines", &["order_id"]);
    let script: Script = |lab, actor| {
        let id = lab.uuid();
        lab.insert("orders", [id.clone(), text(key(actor))]);
        lab.insert("lines", [id.clone()]);
        lab.effect(actor, "mail", id);
        lab.tell(actor, Sold);
    };
    let trial = Trial::of(start, &[script, script]);
    let judge = trial.judge();
    let drawn = ["lines.order_id", "orders.id", "the effect mail"];
    assert_eq!(judge.notes().drawn, drawn);
    let mut end = trial.schedule();
    end.uuid();
    script(&mut end, 1);
    script(&mut end, 0);
    assert_eq!(verdict(&judge, &end), Serial);
    let other = end.rows("lines")[1][0].clone();
    end.rows("lines")[0][0] = other;
    assert_eq!(verdict(&judge, &end), NotSerializable);
}

/// A text that is drawn as a whole has another skeleton in each run.
#[test]
fn tokens_without_a_form_are_drawn_as_a_whole() {
    let start = Lab::default().with("tokens", &["key", "token"]);
    let script: Script = |lab, actor| {
        let token = lab.uuid().to_string().replace('-', "x");
        lab.insert("tokens", [text(key(actor)), text(token)]);
        lab.tell(actor, Sold);
    };
    let trial = Trial::of(start, &[script, script]);
    let judge = trial.judge();
    assert_eq!(judge.notes().drawn, ["tokens.token"]);
    let mut end = trial.schedule();
    end.uuid();
    script(&mut end, 0);
    script(&mut end, 1);
    assert_eq!(verdict(&judge, &end), Serial);
    let other = end.rows("tokens")[1][1].clone();
    end.rows("tokens")[0][1] = other;
    assert_eq!(
        verdict(&judge, &end),
        NotSerializable,
        "both have one token"
    );
    end.rows("tokens")[0][1] = Value::Null;
    assert_eq!(
        verdict(&judge, &end),
        NotSerializable,
        "NULL is never drawn"
    );
}

/// Now, in a quarter of an hour, as text within JSON, and as seconds since 1970.
#[test]
fn values_of_the_clock_are_as_good_as_each_other() {
    let start = Lab::default()
        .with(
            "carts",
            &["key", "updated_at", "expires_at", "event", "epoch"],
        )
        .row(
            "carts",
            [
                text("old"),
                text("2020-01-01 00:00:00+00"),
                Value::Null,
                Value::Null,
                int(0),
            ],
        );
    let touch: Script = |lab, actor| {
        let (now, then, at) = (lab.time(0), lab.time(900), lab.time(0));
        let seconds = lab.clock_us() / 1_000_000;
        let event = text(format!("{{\"at\": \"{at}\", \"total\": 5}}"));
        lab.insert("carts", [text(key(actor)), now, then, event, int(seconds)]);
        lab.tell(actor, Sold);
    };
    let trial = Trial::of(start, &[touch]);
    let judge = trial.judge();
    let clock = [
        "carts.epoch",
        "carts.event",
        "carts.expires_at",
        "carts.updated_at",
    ];
    assert_eq!(judge.notes().of_the_clock, clock);
    let end = || {
        let mut end = trial.schedule();
        touch(&mut end, 0);
        end
    };
    assert_eq!(verdict(&judge, &end()), Serial);
    let wrong = [
        (1, text("2020-01-01 00:00:00+00")),
        (1, Value::Null),
        (2, end().time(0)),
        (2, end().time(1800)),
        (
            3,
            text("{\"at\": \"2026-11-26 14:17:06.004936+00\", \"total\": 6}"),
        ),
        (4, int(7)),
    ];
    for (column, value) in wrong {
        let mut end = end();
        end.rows("carts")[1][column] = value.clone();
        assert_eq!(verdict(&judge, &end), NotSerializable, "{column} {value}");
    }
    let mut old = end();
    old.rows("carts")[0][1] = old.time(0);
    assert_eq!(
        verdict(&judge, &old),
        NotSerializable,
        "an old row was touched"
    );
}

/// The number of an order stands in its name and in a message about it.
#[test]
fn a_number_within_a_text_is_the_number() {
    let start = shop(5).with("outbox", &["payload"]);
    let script: Script = |lab, actor| {
        buy(lab, actor);
        let id = lab.rows("orders").last().expect("an order")[0].clone();
        lab.insert(
            "outbox",
            [text(format!(
                "{{\"order\": \"ORD-{id:0>4}\", \"total\": 500}}"
            ))],
        );
    };
    let trial = Trial::of(start, &[script, script]);
    let judge = trial.judge();
    let mut end = trial.schedule();
    end.next("orders_id");
    script(&mut end, 0);
    script(&mut end, 1);
    assert_eq!(verdict(&judge, &end), Serial);
    for payload in [
        "{\"order\": \"ORD-0002\", \"total\": 501}",
        "{\"order\": \"ORD-0003\", \"total\": 500}",
    ] {
        let mut end = end.clone();
        end.rows("outbox")[0][0] = text(payload);
        assert_eq!(verdict(&judge, &end), NotSerializable, "{payload}");
    }
}

/// The first two in the queue get in: its numbers are no mere names.
#[test]
fn a_number_that_decides_is_compared_as_it_is() {
    let start = Lab::default()
        .with("queue", &["key", "position", "log"])
        .sequence("log", 0)
        .sequence("position", 0);
    let script: Script = |lab, actor| {
        let (position, log) = (lab.next("position"), lab.next("log"));
        lab.insert("queue", [text(key(actor)), int(position), int(log)]);
        lab.tell(actor, if position <= 2 { Sold } else { SoldOut });
        lab.told(actor).wrote = true;
    };
    let mut trial = Trial::of(start, &[script, script]);
    let judge = trial.judge();
    assert_eq!(judge.notes().by_value, ["log", "position"]);
    assert_eq!(
        judge.notes().moved,
        ["the outcome of A", "the outcome of B"]
    );
    let mut burnt = trial.schedule();
    burnt.next("log");
    script(&mut burnt, 0);
    script(&mut burnt, 1);
    assert_eq!(
        verdict(&judge, &burnt),
        NotSerializable,
        "the log counts as well"
    );
    // Advanced alone, the sequence of the log turns out to mean nothing.
    trial.alone = true;
    let judge = trial.judge();
    assert_eq!(judge.notes().by_value, ["position"]);
    assert_eq!(verdict(&judge, &burnt), Serial);
    let mut skipped = trial.schedule();
    skipped.rows("queue");
    script(&mut skipped, 0);
    skipped.next("position");
    script(&mut skipped, 1);
    assert_eq!(verdict(&judge, &skipped), NotSerializable);
    skipped.tell(1, Sold);
    assert_eq!(
        verdict(&judge, &skipped),
        NotSerializable,
        "its position is 3"
    );
    // By rank, the position is that of a serial order again.
    trial.ordered = vec!["queue.position"];
    assert_eq!(verdict(&trial.judge(), &skipped), Serial);
    let first = skipped.rows("queue")[0][1].clone();
    skipped.rows("queue")[1][1] = first;
    assert_eq!(
        verdict(&trial.judge(), &skipped),
        NotSerializable,
        "two are the first"
    );
}

/// A column that is computed of a number shows that the number means something.
#[test]
fn a_number_that_another_column_is_computed_of_is_compared_as_it_is() {
    let start = Lab::default()
        .with("queue", &["key", "position", "state"])
        .sequence("position", 0);
    let script: Script = |lab, actor| {
        let position = lab.next("position");
        let state = if position <= 2 { "admitted" } else { "waiting" };
        lab.insert("queue", [text(key(actor)), int(position), text(state)]);
        lab.tell(actor, Sold);
    };
    let trial = Trial::of(start, &[script, script]);
    let judge = trial.judge();
    assert_eq!(judge.notes().moved, ["queue.state"]);
    assert_eq!(judge.notes().by_value, ["position"]);
    let mut end = trial.schedule();
    script(&mut end, 1);
    script(&mut end, 0);
    assert_eq!(verdict(&judge, &end), Serial);
    let mut burnt = trial.schedule();
    script(&mut burnt, 1);
    burnt.next("position");
    script(&mut burnt, 0);
    assert_eq!(verdict(&judge, &burnt), NotSerializable);
    burnt.rows("queue")[1][2] = text("admitted");
    assert_eq!(
        verdict(&judge, &burnt),
        NotSerializable,
        "its position is 3"
    );
}
