//! A table that is told as a difference is the table that it tells.

use std::collections::HashSet;
use std::sync::Arc;

use checkout_sim::value::{Table, Value};
use proptest::collection::vec;
use proptest::prelude::*;

type Row = [i64; 2];

fn values(row: &Row) -> Vec<Value> {
    row.iter().map(|&value| Value::Int(value)).collect()
}

fn whole(rows: &[Row]) -> Table {
    let mut table = Table::empty(vec!["a".into(), "b".into()].into());
    rows.iter().for_each(|row| table.extend(values(row)));
    table
}

/// Few values, so that many rows are equal.
fn rows(count: usize) -> impl Strategy<Value = Vec<Row>> {
    vec([0..3_i64, 0..2], 0..count)
}

/// What is done to a table: which of its rows go, by chance, and which come.
fn change() -> impl Strategy<Value = (Vec<bool>, Vec<Row>)> {
    (vec(any::<bool>(), 12), rows(6))
}

fn told(start: &Arc<Table>, count: usize, (goes, new): &(Vec<bool>, Vec<Row>)) -> Arc<Table> {
    // In whatever sequence.
    let gone = (0..count).rev().filter(|&at| goes[at]).collect();
    Table::changed(start, gone, new.iter().map(values).collect())
}

/// The same by hand: the rows that stay and those that come, sorted.
fn by_hand(start: &[Row], (goes, new): &(Vec<bool>, Vec<Row>)) -> Vec<Row> {
    let stays = start.iter().zip(goes).filter(|(_, goes)| !**goes);
    let mut rows: Vec<Row> = stays.map(|(row, _)| *row).chain(new.clone()).collect();
    rows.sort_unstable();
    rows
}

proptest! {
    #[test]
    fn a_table_told_as_a_difference_has_the_rows_that_it_tells(
        mut start in rows(12),
        one in change(),
        two in change(),
    ) {
        start.sort_unstable();
        let before = Arc::new(whole(&start));
        let [table, other] = [&one, &two].map(|change| told(&before, start.len(), change));
        let rows = by_hand(&start, &one);
        let plain = whole(&rows);
        prop_assert!(table.rows().eq(plain.rows()));
        prop_assert_eq!(table.is_empty(), rows.is_empty());
        let (one_way, other_way) = (*table == plain, plain == *table);
        prop_assert!(one_way && other_way);
        prop_assert_eq!(Arc::ptr_eq(&table, &before), rows == start);
        prop_assert_eq!(*table == *before, rows == start);

        // Two are equal by their differences if, and only if, they are by their rows.
        let is_same = rows == by_hand(&start, &two);
        prop_assert_eq!(table == other, is_same);
        prop_assert_eq!(table.row_delta() == other.row_delta(), is_same);
        prop_assert_eq!(*table == whole(&by_hand(&start, &two)), is_same);
        prop_assert_eq!(HashSet::from([(*table).clone(), (*other).clone(), plain.clone()]).len(), 2 - usize::from(is_same));

        // Told by a copy of the start it is the same table.
        if let Some(moved) = table.changed_from(&Arc::new(whole(&start))) {
            prop_assert!(moved == *table && moved.rows().eq(plain.rows()));
        }
        let written = serde_json::to_value(&*table).expect("JSON");
        prop_assert_eq!(&written, &serde_json::to_value(&plain).expect("JSON"));
        let read: Table = serde_json::from_value(written).expect("a table");
        prop_assert!(read == *table);
    }

    #[test]
    fn no_row_is_both_gone_and_new(mut start in rows(12), change in change()) {
        start.sort_unstable();
        let before = Arc::new(whole(&start));
        let table = told(&before, start.len(), &change);
        let Some([gone, new]) = table.delta() else {
            return Ok(());
        };
        prop_assert!(gone.iter().all(|row| !new.contains(row)));
        prop_assert!(gone.is_sorted() && new.is_sorted());
        let mut rest: Vec<&[Value]> = before.rows().collect();
        for row in gone {
            let at = rest.iter().position(|other| *other == row);
            rest.remove(at.expect("it was there"));
        }
        rest.extend(new);
        rest.sort_unstable();
        prop_assert!(rest.into_iter().eq(table.rows()));
    }
}
