//! Anomalies by name: each textbook history, and the same one in a row.

use checkout_sim::oracle::serial::{
    AnomalyKind, HistoryStep, SeenRow, StepClose, WrittenRow, find_anomaly,
};
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, proptest};
use proptest::sample::Index;

use super::lab::int;

use AnomalyKind::{LostUpdate, Phantom, ReadSkew, WriteSkew};

/// `A r t 1`: A reads row 1 of t; `A r t *`: looks through t. `A w t 1 5 4`: changes its
/// value, `-` for no row. `A c` commits, `A a` rolls back. `@N` at the end: sees what was
/// committed before step N.
fn history(text: &str) -> Vec<HistoryStep> {
    let line = |line: &str| {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let snapshot = words.last().and_then(|word| word.strip_prefix('@'));
        let snapshot: Option<usize> = snapshot.map(|step| step.parse().expect("a step"));
        words.retain(|word| !word.starts_with('@'));
        let mut step = HistoryStep {
            actor: usize::from(words[0].as_bytes()[0] - b'A'),
            reads: Vec::new(),
            writes: Vec::new(),
            snapshot,
            rewrites: false,
            close: StepClose::Open,
        };
        let id = |id: &str| (id != "*").then(|| format!("id {id}").into());
        let values =
            |value: &str| (value != "-").then(|| vec![int(value.parse().expect("a number"))]);
        match words[1..] {
            ["r", table, row] => step.reads.push(SeenRow {
                table: table.into(),
                row: id(row),
            }),
            ["w", table, row, before, after] => step.writes.push(WrittenRow {
                table: table.into(),
                row: id(row).expect("a row"),
                before: values(before),
                after: values(after),
            }),
            ["c"] => step.close = StepClose::Commit,
            ["a"] => step.close = StepClose::Rollback,
            _ => panic!("{line}"),
        }
        step
    };
    text.split(';')
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(line)
        .collect()
}

fn named(text: &str) -> Option<(AnomalyKind, usize, usize, String)> {
    let found = find_anomaly(&history(text))?;
    Some((
        found.kind,
        found.reader,
        found.writer,
        found.row.to_string(),
    ))
}

#[test]
fn each_anomaly_has_its_name() {
    let stock = "stock with id 1".to_owned();
    let cases = [
        (
            "A r stock 1; B r stock 1; B w stock 1 5 4; B c; A w stock 1 4 4; A c",
            Some((LostUpdate, 0, 1, stock.clone())),
        ),
        // In two transactions of one script as well.
        (
            "A r stock 1; A c; B w stock 1 5 4; B c; A w stock 1 4 4; A c",
            Some((LostUpdate, 0, 1, stock)),
        ),
        (
            "A r doctors 2; B r doctors 1; A w doctors 1 1 0; B w doctors 2 1 0; A c; B c",
            Some((WriteSkew, 0, 1, "doctors with id 2".into())),
        ),
        (
            "A r accounts 1; B w accounts 1 5 4; B w accounts 2 5 6; B c; A r accounts 2",
            Some((ReadSkew, 0, 1, "accounts with id 1".into())),
        ),
        (
            "A r holds *; B r holds *; A w holds 1 - 1; B w holds 2 - 1; A c; B c",
            Some((Phantom, 0, 1, "holds with id 2".into())),
        ),
        (
            "A r holds *; B w holds 2 - 1; B c; A r holds *; A c",
            Some((Phantom, 0, 1, "holds with id 2".into())),
        ),
        // A snapshot sees nothing new: no skew, and an overwritten row all the same.
        (
            "A r accounts 1; B w accounts 1 5 4; B w accounts 2 5 6; B c; A r accounts 2 @0",
            None,
        ),
        (
            "A r stock 2; B w stock 1 5 4; B c; A r stock 1 @0; A w stock 1 4 4; A c",
            Some((LostUpdate, 0, 1, "stock with id 1".into())),
        ),
        // One after the other.
        (
            "A r stock 1; A w stock 1 5 4; A c; B r stock 1; B w stock 1 4 3; B c",
            None,
        ),
        // The loser was rolled back.
        (
            "A r stock 1; B r stock 1; B w stock 1 5 4; B c; A w stock 1 4 4; A a",
            None,
        ),
        (
            "A r stock 1; B r stock 1; B w stock 1 5 4; B a; A w stock 1 5 4; A c",
            None,
        ),
        // Read and written by one statement.
        ("A w stock 1 5 4; A c; B w stock 1 4 3; B c", None),
        // Other rows, other tables.
        (
            "A r stock 1; B w stock 2 5 4; B c; A w stock 2 4 4; A c",
            None,
        ),
        (
            "A r stock *; B w holds 2 - 1; B c; A w holds 3 - 1; A c",
            None,
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(named(text), expected, "{text}");
    }
}

#[test]
fn an_anomaly_is_told_in_a_sentence() {
    let sentence = |text: &str| find_anomaly(&history(text)).expect("an anomaly").sentence;
    assert_eq!(
        sentence("A r stock 1; B r stock 1; B w stock 1 5 4; B c; A w stock 1 4 4; A c"),
        "Lost update: A read stock with id 1, B changed stock with id 1 from (5) to (4), and A, \
         which had not seen that, wrote over it."
    );
    assert_eq!(
        sentence("A r holds *; B r holds *; A w holds 1 - 1; B w holds 2 - 1; A c; B c"),
        "Phantom: A read holds before B added holds with id 2, and B read holds before A added \
         holds with id 1: neither saw what the other one did."
    );
    assert_eq!(
        sentence("A r accounts 1; B w accounts 1 5 4; B w accounts 2 5 6; B c; A r accounts 2"),
        "Read skew: A read accounts with id 1 before B changed accounts with id 1, and saw \
         afterwards that B changed accounts with id 2."
    );
}

proptest! {
    /// Whatever the actors do, one after the other they have no anomaly.
    #[test]
    fn one_after_the_other_nothing_is_named(
        scripts in vec(vec((0..4_u8, 1..=3_u8, 0..2_u8), 1..=5), 1..=3),
        commits in vec(any::<Index>(), 3),
    ) {
        let mut text = String::new();
        for ((actor, script), commit) in ["A", "B", "C"].iter().zip(&scripts).zip(&commits) {
            for (at, (kind, row, table)) in script.iter().enumerate() {
                let table = ["stock", "holds"][usize::from(*table)];
                text += &match kind {
                    0 => format!("{actor} r {table} {row};"),
                    1 => format!("{actor} r {table} *;"),
                    2 => format!("{actor} w {table} {row} 5 4;"),
                    _ => format!("{actor} w {table} {row} - 4;"),
                };
                if commit.index(script.len()) == at {
                    text += &format!("{actor} c;");
                }
            }
            text += &format!("{actor} c;");
        }
        prop_assert!(find_anomaly(&history(&text)).is_none(), "{}", text);
    }
}
