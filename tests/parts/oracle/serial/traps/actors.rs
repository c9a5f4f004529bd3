//! Which orders count: actors that were refused, failed, were cut, or came too late.

use checkout_sim::oracle::serial::SerialVerdict;
use checkout_sim::shop::Outcome;

use super::super::lab::{Lab, Script, Trial, int, key, text};
use super::{buy, order, order_of, shop, verdict};

use Outcome::{Sold, SoldOut};
use SerialVerdict::{NotAtomic, NotSerializable, Serial, StaleAnswer};

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
