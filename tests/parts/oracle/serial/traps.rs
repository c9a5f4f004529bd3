//! Each trap of comparing ends, in both directions: the right end passes, and one that
//! differs in just that respect does not.

use checkout_sim::oracle::serial::{CalibrationFault, SerialJudge, SerialVerdict};
use checkout_sim::shop::Outcome;
use checkout_sim::value::Value;

use super::lab::{Lab, Script, Trial, int, key, text};

use Outcome::{Sold, SoldOut};
use SerialVerdict::{Inconclusive, NotAtomic, NotSerializable, Serial, StaleAnswer};

fn verdict(judge: &SerialJudge, end: &Lab) -> SerialVerdict {
    judge.judge(&end.end(), &[]).verdict
}

fn order_of(judge: &SerialJudge, end: &Lab) -> Option<Vec<usize>> {
    judge.judge(&end.end(), &[]).order.clone()
}

/// Stock, orders with a number, lines that name the order.
fn shop(stock: i64) -> Lab {
    Lab::default()
        .with("stock", &["id", "units"])
        .row("stock", [int(1), int(stock)])
        .with("orders", &["id", "key"])
        .with("lines", &["id", "order_id", "units"])
        .sequence("orders_id", 0)
        .sequence("lines_id", 0)
}

fn order(lab: &mut Lab, actor: usize) {
    let (id, line) = (lab.next("orders_id"), lab.next("lines_id"));
    lab.insert("orders", [int(id), text(key(actor))]);
    lab.insert("lines", [int(line), int(id), int(1)]);
    lab.tell(actor, Sold);
}

fn buy(lab: &mut Lab, actor: usize) {
    let units = lab.get("stock", 1);
    if units == 0 {
        return lab.tell(actor, SoldOut);
    }
    lab.set("stock", 1, units - 1);
    order(lab, actor);
}

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

#[test]
fn a_refused_actor_that_writes_a_log_is_an_actor() {
    let start = shop(1)
        .with("log", &["id", "key", "what"])
        .sequence("log_id", 0);
    let script: Script = |lab, actor| {
        buy(lab, actor);
        if lab.told(actor).outcome == SoldOut {
            let id = lab.next("log_id");
            lab.insert("log", [int(id), text(key(actor)), text("refused")]);
            lab.told(actor).wrote = true;
        }
    };
    let trial = Trial::of(start, &[script, script]);
    let judge = trial.judge();
    let mut end = trial.schedule();
    end.next("orders_id");
    script(&mut end, 1);
    script(&mut end, 0);
    assert_eq!(order_of(&judge, &end), Some(vec![1, 0]));
    end.rows("log").clear();
    assert_eq!(verdict(&judge, &end), NotSerializable);
}

/// Takes a unit, charges, finds no courier, and gives all of it back.
#[test]
fn a_saga_that_compensates_leaves_what_it_leaves_alone() {
    let start = shop(2)
        .with("holds", &["id", "key", "state"])
        .sequence("holds_id", 0);
    fn first(lab: &mut Lab, actor: usize) {
        let (units, id) = (lab.get("stock", 1), lab.next("holds_id"));
        lab.set("stock", 1, units - 1);
        lab.insert("holds", [int(id), text(key(actor)), text("held")]);
        lab.effect(actor, "charge", int(500));
    }
    fn second(lab: &mut Lab, actor: usize) {
        let units = lab.get("stock", 1);
        lab.set("stock", 1, units + 1);
        let own = text(key(actor));
        let mut rows = lab.rows("holds").iter_mut();
        rows.find(|row| row[1] == own).expect("its own")[2] = text("released");
        lab.effect(actor, "refund", int(500));
        lab.tell(actor, SoldOut);
        lab.told(actor).wrote = true;
    }
    let saga: Script = |lab, actor| {
        first(lab, actor);
        second(lab, actor);
    };
    let trial = Trial::of(start, &[saga, saga]);
    let judge = trial.judge();
    let mut end = trial.schedule();
    first(&mut end, 0);
    first(&mut end, 1);
    second(&mut end, 0);
    let mut lost = end.clone();
    second(&mut end, 1);
    assert_eq!(verdict(&judge, &end), Serial);
    // B's compensation never came, and B was told so.
    lost.fail(1, true);
    let judged = judge.judge(&lost.end(), &[]);
    assert_eq!(judged.verdict, NotAtomic);
    assert_eq!(
        judged.sentence,
        "B was told that it failed and left something behind; with A alone, holds would not \
         have the row (2, key-of-b, held), stock with id 1 would have units 2 (here 1) and B \
         would not have caused charge 500."
    );
    // Refunded twice.
    end.effect(1, "refund", int(500));
    assert_eq!(verdict(&judge, &end), NotSerializable);
}

/// What was left by an actor that was told done is no half of a work.
#[test]
fn only_what_was_told_to_have_failed_is_not_atomic() {
    let trial = Trial::of(shop(5), &[buy, buy]);
    let judge = trial.judge();
    let mut end = trial.schedule();
    end.set("stock", 1, 4);
    order(&mut end, 0);
    order(&mut end, 1);
    assert_eq!(verdict(&judge, &end), NotSerializable, "a lost update");
    end.fail(1, true);
    assert_eq!(
        verdict(&judge, &end),
        NotAtomic,
        "B failed and its order stands"
    );
    end.fail(1, false);
    assert_eq!(
        verdict(&judge, &end),
        NotSerializable,
        "it wrote nothing of that"
    );
}

#[test]
fn an_actor_that_was_cut_may_have_happened_or_not() {
    let trial = Trial::of(shop(5), &[buy, buy]);
    let judge = trial.judge();
    let cut = |happened: bool, outcome: Outcome| {
        let mut end = trial.schedule();
        buy(&mut end, 0);
        if happened {
            buy(&mut end, 1);
        }
        end.told(1).outcome = outcome;
        end.told(1).is_cut = outcome != Outcome::Unknown;
        end.told(1).wrote = happened;
        end
    };
    for outcome in [Outcome::Failed, Outcome::Unknown] {
        assert_eq!(order_of(&judge, &cut(true, outcome)), Some(vec![0, 1]));
        assert_eq!(order_of(&judge, &cut(false, outcome)), Some(vec![0]));
        let mut half = cut(true, outcome);
        half.rows("lines").pop();
        assert_eq!(verdict(&judge, &half), NotAtomic);
    }
    // One that was not cut has one truth.
    let mut end = cut(false, Outcome::Failed);
    end.told(1).is_cut = false;
    assert_eq!(order_of(&judge, &end), Some(vec![0]));
    let mut end = cut(true, Outcome::Failed);
    end.told(1).is_cut = false;
    assert_eq!(
        verdict(&judge, &end),
        NotAtomic,
        "told that it failed, and it happened"
    );
}

/// Each adds its name: the end tells the order.
#[test]
fn real_time_forbids_orders() {
    let start = Lab::default().with("list", &["place", "key"]);
    let script: Script = |lab, actor| {
        let place = i64::try_from(lab.rows("list").len()).expect("few");
        lab.insert("list", [int(place), text(key(actor))]);
        lab.tell(actor, Sold);
    };
    let trial = Trial::of(start, &[script, script, script]);
    let judge = trial.judge();
    let mut end = trial.schedule();
    for actor in [2, 0, 1] {
        script(&mut end, actor);
    }
    let end = end.end();
    let judged = |real_time: &[(usize, usize)]| judge.judge(&end, real_time);
    assert_eq!(judged(&[]).order, Some(vec![2, 0, 1]));
    assert_eq!(judged(&[(0, 1), (2, 1)]).verdict, Serial);
    let forbidden = judged(&[(0, 2)]);
    assert_eq!(forbidden.verdict, NotSerializable);
    let near = forbidden.nearest.as_ref().expect("that order");
    assert!(near.is_against_time && near.order == [2, 0, 1]);
    assert_eq!(
        forbidden.sentence,
        "It ends like C, then A, then B, yet in real time one of them was done before another \
         one of them began that this order puts first."
    );
}

/// What an actor is told that wrote nothing is a mere answer also in an order that needs what it
/// would have written there.
#[test]
fn a_wrong_answer_is_stale_in_an_order_that_needs_the_actor() {
    let raise: Script = |lab, actor| {
        lab.set("stock", 1, 9);
        lab.tell(actor, Sold);
    };
    let look: Script = |lab, actor| {
        let units = lab.get("stock", 1);
        lab.insert("seen", [int(units)]);
        lab.set("stock", 1, 5);
        lab.tell(actor, Sold);
    };
    let trial = Trial::of(shop(5).with("seen", &["units"]), &[raise, look]);
    let mut end = trial.schedule();
    end.insert("seen", [int(9)]);
    end.tell(1, Sold);
    end.tell(0, SoldOut);
    assert_eq!(verdict(&trial.judge(), &end), StaleAnswer);
    end.told(0).wrote = true;
    assert_eq!(verdict(&trial.judge(), &end), NotSerializable);
}

#[test]
fn what_is_shown_and_what_a_reader_is_told_can_be_stale() {
    let show: Script = |lab, actor| {
        let units = lab.get("stock", 1);
        lab.told(actor).shown = vec![("units".into(), int(units))];
        lab.told(actor).outcome = if units > 0 { Sold } else { SoldOut };
    };
    let trial = Trial::of(shop(1), &[buy, show]);
    let judge = trial.judge();
    let end = |units: i64, outcome: Outcome| {
        let mut end = trial.schedule();
        buy(&mut end, 0);
        end.told(1).shown = vec![("units".into(), int(units))];
        end.told(1).outcome = outcome;
        end
    };
    assert_eq!(verdict(&judge, &end(0, SoldOut)), Serial);
    assert_eq!(verdict(&judge, &end(1, Sold)), Serial);
    assert_eq!(verdict(&judge, &end(1, SoldOut)), StaleAnswer);
    let judged = judge.judge(&end(7, Sold).end(), &[]);
    assert_eq!(judged.verdict, StaleAnswer);
    assert!(
        judged
            .sentence
            .contains("B would have been shown units 1 (here 7)"),
        "{}",
        judged.sentence
    );
    // An effect is a write.
    let mut mailed = end(0, SoldOut);
    mailed.effect(1, "mail", int(1));
    assert_eq!(verdict(&judge, &mailed), NotSerializable);
    // There is enough for both, and B is refused: of an actor that wrote, no mere answer.
    let plenty = Trial::of(shop(5), &[buy, show]);
    let mut end = plenty.schedule();
    show(&mut end, 1);
    buy(&mut end, 0);
    end.told(1).outcome = SoldOut;
    assert_eq!(verdict(&plenty.judge(), &end), StaleAnswer);
    end.told(1).wrote = true;
    assert_eq!(verdict(&plenty.judge(), &end), NotSerializable);
    // An effect outside is no mere answer either.
    let call: Script = |lab, actor| {
        lab.effect(actor, "call", int(1));
        lab.told(actor).outcome = Sold;
    };
    let trial = Trial::of(shop(5), &[buy, call]);
    let mut end = trial.schedule();
    call(&mut end, 1);
    buy(&mut end, 0);
    assert_eq!(verdict(&trial.judge(), &end), Serial);
    end.told(1).outcome = SoldOut;
    assert_eq!(verdict(&trial.judge(), &end), NotSerializable);
    // Refused because of a unit that was then given back: no serial order refuses it.
    let trial = Trial::of(shop(1), &[buy, buy]);
    let mut end = trial.schedule();
    end.tell(0, Outcome::GaveUp);
    end.tell(1, SoldOut);
    let judged = trial.judge().judge(&end.end(), &[]);
    assert_eq!(judged.verdict, StaleAnswer);
    assert_eq!(
        judged.sentence,
        "All that was written is as with no actor at all, yet B was refused, which no serial \
         order answers."
    );
    end.told(1).wrote = true;
    assert_eq!(verdict(&trial.judge(), &end), NotSerializable);
    // What is shown has the same names as the rows.
    let shows_id: Script = |lab, actor| {
        order(lab, actor);
        let id = lab.rows("orders").last().expect("its own")[0].clone();
        lab.told(actor).shown = vec![("order".into(), id)];
    };
    let trial = Trial::of(shop(1), &[shows_id]);
    let judge = trial.judge();
    let mut end = trial.schedule();
    end.next("orders_id");
    shows_id(&mut end, 0);
    assert_eq!(verdict(&judge, &end), Serial);
    end.told(0).shown = vec![("order".into(), int(9))];
    assert_eq!(verdict(&judge, &end), StaleAnswer);
}

#[test]
fn a_column_that_differs_for_no_known_reason_proves_nothing() {
    let start = shop(5).with("tickets", &["key", "dice"]);
    let script: Script = |lab, actor| {
        buy(lab, actor);
        let dice = lab.clock_us() / 1_000_000 % 100;
        lab.insert("tickets", [text(key(actor)), int(dice)]);
    };
    let mut trial = Trial::of(start, &[script, script]);
    let judge = trial.judge();
    assert_eq!(judge.notes().unexplained, ["tickets.dice"]);
    let mut end = trial.schedule();
    script(&mut end, 0);
    script(&mut end, 1);
    let judged = judge.judge(&end.end(), &[]);
    assert_eq!(judged.verdict, Inconclusive);
    let reason = "tickets.dice differs between two equal runs of a serial order";
    assert_eq!(judged.reasons, [reason]);
    let mut wrong = end.clone();
    wrong.set("stock", 1, 4);
    assert_eq!(
        verdict(&judge, &wrong),
        NotSerializable,
        "what is proven is proven"
    );
    for ignored in ["tickets.dice", "tickets"] {
        trial.ignore = vec![ignored];
        assert_eq!(verdict(&trial.judge(), &end), Serial);
        assert_eq!(verdict(&trial.judge(), &wrong), NotSerializable);
        let mut other = end.clone();
        other.rows("tickets")[0][0] = text("another");
        let is_whole = ignored == "tickets";
        let expected = if is_whole { Serial } else { NotSerializable };
        assert_eq!(verdict(&trial.judge(), &other), expected);
    }
}

/// Values that are put together anew in each run, though each column has the same ones.
#[test]
fn equal_runs_that_pair_values_differently_prove_nothing() {
    let start = Lab::default().with("seats", &["key", "seat"]);
    let script: Script = |lab, _| {
        let turn = lab.clock_us() / 2_000_000 % 2;
        lab.insert("seats", [text("one"), int(turn)]);
        lab.insert("seats", [text("two"), int(1 - turn)]);
    };
    let judge = Trial::of(start, &[script]).judge();
    assert_eq!(
        judge.notes().unexplained,
        ["how the rows of equal runs belong together"]
    );
}

/// An audit names orders and lines in one column: which of them a number is, is not known.
#[test]
fn numbers_of_two_sequences_in_one_column_are_not_compared() {
    let start = shop(5).with("audit", &["what", "record"]);
    let script: Script = |lab, actor| {
        buy(lab, actor);
        for table in ["orders", "lines"] {
            let id = lab.rows(table).last().expect("a row")[0].clone();
            lab.insert("audit", [text(table), id]);
        }
    };
    let trial = Trial::of(start, &[script, script]);
    let judge = trial.judge();
    assert_eq!(judge.notes().mixed, ["audit.record"]);
    let mut end = trial.schedule();
    end.next("lines_id");
    script(&mut end, 1);
    script(&mut end, 0);
    assert_eq!(verdict(&judge, &end), Serial);
    end.rows("audit").pop();
    assert_eq!(verdict(&judge, &end), NotSerializable);
}

#[test]
fn names_that_fit_nothing_and_orders_that_are_missing_are_refused() {
    let refused = |trial: &Trial, change: fn(&mut checkout_sim::oracle::serial::Calibration)| {
        let mut calibration = trial.calibration();
        change(&mut calibration);
        SerialJudge::new(calibration)
            .expect_err("refused")
            .to_string()
    };
    let trial = |ignore, ordered| Trial {
        ignore,
        ordered,
        ..Trial::of(shop(1), &[buy, buy])
    };
    let unknown = trial(vec!["orders.kee"], vec![]);
    let words = "ignore names orders.kee, and there is no such table or column";
    assert_eq!(refused(&unknown, |_| {}), words);
    let unknown = trial(vec![], vec!["orders"]);
    let words = "ordered names orders, and there is no such table or column";
    assert_eq!(refused(&unknown, |_| {}), words);
    let known = trial(vec!["lines", "orders.id"], vec!["stock.units"]);
    assert!(SerialJudge::new(known.calibration()).is_ok());
    let lost = |calibration: &mut checkout_sim::oracle::serial::Calibration| {
        calibration.serials.retain(|runs| runs.order != [1, 0]);
    };
    assert_eq!(refused(&known, lost), "no run of the serial order BA");
    let short = |calibration: &mut checkout_sim::oracle::serial::Calibration| {
        calibration.serials[0].advanced.actors.pop();
    };
    let fault = CalibrationFault::WrongActors {
        actors: 2,
        found: 1,
    };
    assert_eq!(refused(&known, short), fault.to_string());
}

/// Rows that stay say nothing, wherever they lie; one that went, or came back changed in
/// nothing that is compared, is told or not.
#[test]
fn rows_that_stay_are_no_difference() {
    let mut start = Lab::default().with("t", &["id", "value", "seen_at", "note"]);
    for id in 0..5 {
        let row = [
            int(id % 3),
            int(id),
            text("2020-01-01 00:00:00+00"),
            text("x"),
        ];
        start.insert("t", row);
    }
    let touch: Script = |lab, actor| {
        let now = lab.time(0);
        lab.rows("t")[2][2] = now;
        lab.tell(actor, Sold);
    };
    let mut trial = Trial::of(start, &[touch]);
    trial.ignore = vec!["t.note"];
    let judge = trial.judge();
    let end = || {
        let mut end = trial.schedule();
        touch(&mut end, 0);
        end
    };
    let mut moved = end();
    moved.rows("t").rotate_left(2);
    moved.rows("t")[4][3] = text("y");
    assert_eq!(verdict(&judge, &moved), Serial);
    let changes: [fn(&mut Vec<Vec<Value>>); 4] = [
        |rows| drop(rows.remove(0)),
        |rows| rows.push(rows[0].clone()),
        |rows| rows[4][1] = int(9),
        |rows| rows[2][2] = text("2020-01-01 00:00:00+00"),
    ];
    for change in changes {
        let mut end = end();
        change(end.rows("t"));
        assert_eq!(verdict(&judge, &end), NotSerializable);
    }
    let mut lost = end();
    lost.rows("t").remove(0);
    let judged = judge.judge(&lost.end(), &[]);
    let near = judged.nearest.as_ref().expect("a serial order");
    assert_eq!(near.difference.parts[0].only_there[0][1], int(0));
    assert_eq!(near.difference.size(), 1);
}
