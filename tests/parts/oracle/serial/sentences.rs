//! What is said of an end that no serial order gives.

use checkout_sim::oracle::serial::{ChangedRow, SerialVerdict};
use checkout_sim::shop::Outcome;

use super::lab::{Lab, Script, Trial, int, key, text};

/// Takes unit 7 if it is free.
fn seats() -> Trial {
    let start = Lab::default()
        .with("picks", &["id", "buyer_key", "unit"])
        .sequence("picks_id", 0);
    let pick: Script = |lab, actor| {
        if lab.rows("picks").is_empty() {
            let id = lab.next("picks_id");
            lab.insert("picks", [int(id), text(key(actor)), int(7)]);
            lab.tell(actor, Outcome::Sold);
        } else {
            lab.tell(actor, Outcome::SoldOut);
        }
    };
    Trial::of(start, &[pick, pick])
}

#[test]
fn two_actors_that_got_one_thing_are_named() {
    let trial = seats();
    let mut end = trial.schedule();
    for actor in [0, 1] {
        let id = end.next("picks_id");
        end.insert("picks", [int(id), text(key(actor)), int(7)]);
        end.tell(actor, Outcome::Sold);
    }
    let judged = trial.judge().judge(&end.end(), &[]);
    assert_eq!(judged.verdict, SerialVerdict::NotSerializable);
    assert_eq!(
        judged.sentence,
        "A and B both have unit 7 in picks; one after the other (A, then B), B would have been \
         refused and picks would not have the row (2, key-of-b, 7)."
    );
    let near = judged.nearest.as_ref().expect("a serial order");
    assert_eq!((&*near.order, near.difference.size()), (&[0, 1][..], 2));
    let outcome = near.difference.outcomes[0];
    assert_eq!(
        (outcome.actor, outcome.here, outcome.there),
        (1, Outcome::Sold, Outcome::SoldOut)
    );
    let part = &near.difference.parts[0];
    assert_eq!(part.columns, ["id", "buyer_key", "unit"]);
    assert_eq!(part.only_here, [vec![int(2), text(key(1)), int(7)]]);
    assert!(part.only_there.is_empty() && part.changed.is_empty());
}

#[test]
fn a_cell_that_differs_is_told_with_its_row() {
    let start = Lab::default()
        .with("stock", &["id", "units"])
        .row("stock", [int(1), int(5)]);
    let take: Script = |lab, actor| {
        let units = lab.get("stock", 1);
        lab.set("stock", 1, units - 1);
        lab.tell(actor, Outcome::Sold);
    };
    let trial = Trial::of(start, &[take, take]);
    let mut end = trial.schedule();
    take(&mut end, 0);
    take(&mut end, 1);
    let judge = trial.judge();
    let right = judge.judge(&end.end(), &[]);
    assert_eq!(
        right.sentence,
        "It is as if they had come one after the other: A, then B."
    );
    assert_eq!(right.nearest, None);
    end.set("stock", 1, 4);
    let judged = judge.judge(&end.end(), &[]);
    assert_eq!(
        judged.sentence,
        "No serial order ends like this; with A, then B, stock with id 1 would have units 3 \
         (here 4)."
    );
    let changed = ChangedRow {
        here: vec![int(1), int(4)],
        there: vec![int(1), int(3)],
        columns: vec![1],
    };
    let near = judged.nearest.as_ref().expect("a serial order");
    assert_eq!(near.difference.parts[0].changed, [changed]);
    // An actor that gave up is left out; the nearest order is then the other one alone.
    end.tell(1, Outcome::GaveUp);
    let alone = judge.judge(&end.end(), &[]);
    assert_eq!(alone.sentence, "It is as if A had come alone.");
    end.tell(0, Outcome::GaveUp);
    end.set("stock", 1, 5);
    let none = judge.judge(&end.end(), &[]);
    assert_eq!(none.sentence, "It is as if nothing had happened.");
}
