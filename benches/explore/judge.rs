//! What it costs to judge an end without a rule: five tables, a hundred rows.
//!
//! An end that was seen before under other generated values takes its form and a look;
//! a new one is compared with every serial end, and one that fits none is explained.

use std::time::Instant;

use checkout_sim::oracle::serial::{SerialEnd, SerialVerdict};
use checkout_sim::shop::Outcome;

use crate::lab::{Lab, Script, Trial, int, key, text};
use crate::rate::Spread;

const ROUNDS: usize = 9;
const ENDS: usize = 200;
/// An exploration on tables of the user's has so many schedules a second at least.
const SCHEDULES_PER_S: f64 = 300.0;

/// What they are called, how much of the stock is wrong in each, and the verdict.
type Ends = (&'static str, fn(usize) -> i64, SerialVerdict);

pub fn measure() {
    println!("\njudged without a rule: 2 actors, 5 tables, 100 rows");
    let trial = trial();
    let judge = trial.judge();
    let kinds: [Ends; 3] = [
        ("seen before", |_| 0, SerialVerdict::Serial),
        (
            "new, fits none",
            |end| 1 + i64::try_from(end).expect("few"),
            SerialVerdict::NotSerializable,
        ),
        (
            "fits none, seen before",
            |_| 1,
            SerialVerdict::NotSerializable,
        ),
    ];
    for (kind, wrong, verdict) in kinds {
        let round = |round: usize| {
            let number = |end: usize| round * ENDS + end;
            let ends: Vec<SerialEnd> = (0..ENDS)
                .map(|end| end_of(&trial, end, wrong(number(end))))
                .collect();
            let began = Instant::now();
            for end in &ends {
                assert_eq!(judge.judge(end, &[]).verdict, verdict);
            }
            began.elapsed().as_secs_f64() / ENDS as f64
        };
        let each: Vec<f64> = (0..ROUNDS).map(round).collect();
        println!(
            "  {kind:<24} {} us an end, {} % of a schedule at {SCHEDULES_PER_S} a second",
            Spread::of(each.iter().map(|s| s * 1e6).collect()),
            Spread::of(each.iter().map(|s| s * SCHEDULES_PER_S * 100.0).collect()),
        );
    }
}

fn trial() -> Trial {
    let mut start = Lab::default()
        .with("stock", &["id", "units", "updated_at"])
        .with("customers", &["id", "name", "since"])
        .with("orders", &["id", "key", "created_at", "state"])
        .with("lines", &["id", "order_id", "product_id", "units"])
        .with("audit", &["id", "what", "at"])
        .sequence("orders_id", 20)
        .sequence("lines_id", 20);
    for id in 1..=20 {
        let at = text(format!("2025-01-{id:02} 10:00:00+00"));
        start.insert("stock", [int(id), int(5), at.clone()]);
        start.insert(
            "customers",
            [int(id), text(format!("customer {id}")), at.clone()],
        );
        start.insert("orders", [int(id), text("old"), at.clone(), text("paid")]);
        start.insert("lines", [int(id), int(id), int(id), int(1)]);
        start.insert("audit", [text(format!("a-{id}")), text("paid"), at]);
    }
    let buy: Script = |lab, actor| {
        let (id, at) = (lab.next("orders_id"), lab.time(0));
        let line = lab.next("lines_id");
        lab.insert(
            "orders",
            [int(id), text(key(actor)), at.clone(), text("new")],
        );
        lab.insert("lines", [int(line), int(id), int(1), int(1)]);
        let units = lab.get("stock", 1) - 1;
        lab.set("stock", 1, units);
        lab.rows("stock")[0][2] = at.clone();
        let entry = lab.uuid();
        lab.insert("audit", [entry, text(format!("order {id}")), at]);
        lab.tell(actor, Outcome::Sold);
    };
    Trial::of(start, &[buy, buy])
}

/// An end with so many numbers burnt, and with the stock so much too high.
fn end_of(trial: &Trial, burnt: usize, wrong: i64) -> SerialEnd {
    let mut end = trial.schedule();
    for _ in 0..burnt {
        end.next("orders_id");
        end.uuid();
    }
    for (actor, script) in trial.scripts.iter().enumerate() {
        script(&mut end, actor);
    }
    let units = end.get("stock", 1) + wrong;
    end.set("stock", 1, units);
    end.end()
}
