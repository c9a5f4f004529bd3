//! Ends whose generated values are shared in every way: graphs, held against brute force.

use std::collections::HashMap;
use std::rc::Rc;

use checkout_sim::oracle::serial::{SerialEnd, SerialVerdict};
use checkout_sim::value::Value;
use proptest::collection::vec;
use proptest::prelude::{Just, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::Index;
use proptest::strategy::Strategy;
use proptest::test_runner::Config;

use super::brute::{Cell, Row, is_equal_by_brute_force};
use super::lab::{Drawn, Lab, Trial, int};

use SerialVerdict::{Inconclusive, NotSerializable, Serial};

const NUMBERS: usize = 0;
const UUIDS: usize = 1;
const TABLES: [&str; 3] = ["links", "tags", "plain"];

fn start() -> Lab {
    Lab::default()
        .with("links", &["from", "to", "weight"])
        .with("tags", &["tag", "node"])
        .with("plain", &["value"])
        .sequence("nodes", 0)
}

/// Writes these rows; each generated value becomes the next one of its origin.
fn write(lab: &mut Lab, rows: &[Row]) {
    let mut made: HashMap<Cell, Value> = HashMap::new();
    for (table, cells) in rows {
        let mut values = Vec::new();
        for cell in cells {
            let value = match cell {
                Cell::Own(own) => int(*own),
                Cell::Made(origin, _) => {
                    let new = |lab: &mut Lab| match *origin {
                        NUMBERS => int(lab.next("nodes")),
                        _ => lab.uuid(),
                    };
                    made.entry(*cell).or_insert_with(|| new(lab)).clone()
                }
            };
            values.push(value);
        }
        lab.rows(TABLES[*table]).push(values);
    }
}

/// A trial of one actor that writes these rows.
fn trial(rows: &[Row]) -> Trial {
    let rows = rows.to_vec();
    let script: Drawn = Rc::new(move |lab: &mut Lab, _| write(lab, &rows));
    Trial::of_drawn(start(), vec![script])
}

/// The end of a schedule that leaves these rows.
fn end(trial: &Trial, rows: &[Row], burnt: i64) -> SerialEnd {
    let mut end = trial.schedule();
    for _ in 0..burnt {
        end.next("nodes");
        end.uuid();
    }
    write(&mut end, rows);
    // The script tells nothing: the answer is that of an actor that is not told of.
    end.end()
}

fn judged(rows: &[Row], others: &[Row]) -> SerialVerdict {
    let trial = trial(rows);
    let end = end(&trial, others, 3);
    // Its answer is the same in both, so it counts as one that took part.
    trial.judge().judge(&end, &[]).verdict
}

fn link(from: i64, to: i64, weight: i64) -> Row {
    let node = |node| Cell::Made(NUMBERS, node);
    (0, vec![node(from), node(to), Cell::Own(weight)])
}

fn any_row() -> impl Strategy<Value = Row> {
    let node = || (0..4_i64).prop_map(|node| Cell::Made(NUMBERS, node));
    let tag = (0..3_i64).prop_map(|tag| Cell::Made(UUIDS, tag));
    prop_oneof![
        4 => (0..4_i64, 0..4_i64, 0..2_i64).prop_map(|(from, to, weight)| link(from, to, weight)),
        2 => (tag, node()).prop_map(|(tag, node)| (1, vec![tag, node])),
        1 => (0..2_i64).prop_map(|value| (2, vec![Cell::Own(value)])),
    ]
}

/// One change of one row: of a value, of what it shares, or of the row as a whole.
#[derive(Debug, Clone)]
enum Mutation {
    None,
    Cell(Index, Index, i64),
    Drop(Index),
    Twice(Index),
}

fn any_mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        2 => Just(Mutation::None),
        5 => (any::<Index>(), any::<Index>(), 0..5_i64).prop_map(|(row, cell, to)| Mutation::Cell(row, cell, to)),
        1 => any::<Index>().prop_map(Mutation::Drop),
        1 => any::<Index>().prop_map(Mutation::Twice),
    ]
}

fn mutate(rows: &mut Vec<Row>, mutation: &Mutation) {
    match mutation {
        Mutation::None => {}
        Mutation::Cell(row, cell, to) => {
            let at = row.index(rows.len());
            let cells = &mut rows[at].1;
            let cell = cell.index(cells.len());
            cells[cell] = match cells[cell] {
                Cell::Own(_) => Cell::Own(*to),
                Cell::Made(origin, _) => Cell::Made(origin, *to),
            };
        }
        Mutation::Drop(row) => {
            rows.remove(row.index(rows.len()));
        }
        Mutation::Twice(row) => rows.push(row.get(rows).clone()),
    }
}

/// The two answers of the judge for one end: all actors, or none, took part.
fn expected(rows: &[Row], others: &[Row]) -> SerialVerdict {
    let is_equal = others.is_empty() || is_equal_by_brute_force(rows, others);
    if is_equal { Serial } else { NotSerializable }
}

proptest! {
    #![proptest_config(Config::with_cases(250))]
    /// In any sequence of rows and under any names: equal if, and only if, a renaming
    /// makes them so.
    #[test]
    fn ends_are_equal_if_a_renaming_makes_them_so_and_only_then(
        (rows, mut others) in vec(any_row(), 1..=7).prop_flat_map(|rows| {
            (Just(rows.clone()), Just(rows).prop_shuffle())
        }),
        mutation in any_mutation(),
        mutation_of_both in any_mutation(),
    ) {
        mutate(&mut others, &mutation);
        if !others.is_empty() {
            mutate(&mut others, &mutation_of_both);
        }
        prop_assert_eq!(judged(&rows, &others), expected(&rows, &others), "{:?}", others);
    }

    /// Equal ends have one digest, others have two.
    #[test]
    fn equal_ends_have_one_digest(
        (rows, mut others) in vec(any_row(), 1..=6).prop_flat_map(|rows| {
            (Just(rows.clone()), Just(rows).prop_shuffle())
        }),
        mutation in any_mutation(),
    ) {
        mutate(&mut others, &mutation);
        let trial = trial(&rows);
        let judge = trial.judge();
        let digest = |rows: &[Row], burnt| judge.judge(&end(&trial, rows, burnt), &[]).digest;
        let is_equal = is_equal_by_brute_force(&rows, &others);
        prop_assert_eq!(digest(&rows, 0) == digest(&others, 5), is_equal);
        prop_assert!(digest(&rows, 0) == digest(&rows, 9));
    }
}

fn circle(nodes: std::ops::Range<i64>) -> Vec<Row> {
    let (first, count) = (nodes.start, nodes.end - nodes.start);
    nodes
        .map(|node| link(node, first + (node - first + 1) % count, 0))
        .collect()
}

/// Colours alone do not tell one circle of six from two of three.
#[test]
fn circles_are_told_apart() {
    let one = circle(0..6);
    let two = [circle(0..3), circle(3..6)].concat();
    assert_eq!(judged(&one, &two), NotSerializable);
    assert_eq!(judged(&two, &one), NotSerializable);
    let reversed: Vec<Row> = two.iter().rev().cloned().collect();
    assert_eq!(judged(&two, &reversed), Serial);
    assert!(is_equal_by_brute_force(&two, &reversed) && !is_equal_by_brute_force(&one, &two));
}

/// Many rows that differ in nothing but their ids are no work: no row connects them.
#[test]
fn rows_alike_are_no_work() {
    let many: Vec<Row> = (0..60)
        .map(|node| link(2 * node, 2 * node + 1, 0))
        .collect();
    assert_eq!(judged(&many, &many), Serial);
    let mut other = many.clone();
    other[59] = link(118, 117, 0);
    assert_eq!(judged(&many, &other), NotSerializable);
}

/// Beyond the bound nothing is claimed, unless colours tell already.
#[test]
fn beyond_the_bound_nothing_is_claimed() {
    let all = |n: i64| -> Vec<Row> {
        let pairs = (0..n).flat_map(|a| (0..n).map(move |b| (a, b)));
        pairs
            .filter(|(a, b)| a != b)
            .map(|(a, b)| link(a, b, 0))
            .collect()
    };
    assert_eq!(judged(&all(4), &all(4)), Serial);
    let many = all(9);
    assert_eq!(judged(&many, &many), Inconclusive);
    let mut other = many.clone();
    other[0] = link(0, 1, 1);
    assert_eq!(judged(&many, &other), NotSerializable);
}
