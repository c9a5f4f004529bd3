//! Each trap of comparing ends, in both directions: the right end passes, and one that
//! differs in just that respect does not.

mod actors;
mod generated;
mod unproven;

use checkout_sim::oracle::serial::{SerialJudge, SerialVerdict};
use checkout_sim::shop::Outcome;

use super::lab::{Lab, int, key, text};

use Outcome::{Sold, SoldOut};

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
