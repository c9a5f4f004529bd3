//! What proves nothing or is no difference, and names and orders that are refused.

use checkout_sim::oracle::serial::{CalibrationFault, SerialJudge, SerialVerdict};
use checkout_sim::shop::Outcome;
use checkout_sim::value::Value;

use super::super::lab::{Lab, Script, Trial, int, key, text};
use super::{buy, shop, verdict};

use Outcome::Sold;
use SerialVerdict::{Inconclusive, NotSerializable, Serial};

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
