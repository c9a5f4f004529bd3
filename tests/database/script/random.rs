//! Random files through pgbench and through the interpreter: variables, branches,
//! transactions and rows that are read. `SIM_TEST_SEED` repeats a failure.

use proptest::prelude::*;

use super::expressions::{drawn, expression};
use super::files::{CRASHED, difference};
use super::pgbench::Bench;

/// Variables that are set from the start.
const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&NAMES[..])
}

/// Few of them fail: a file is worth little behind its first error.
fn tame() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (name(), -3..9_i32).prop_map(|(v, n)| format!(":{v} + {n}")),
        2 => (name(), name()).prop_map(|(v, w)| format!(":{v} * 2 - :{w}")),
        2 => (name(), name()).prop_map(|(v, w)| format!("greatest(:{v}, :{w}) % 7")),
        1 => (name(), name()).prop_map(|(v, w)| format!("case when :{v} > :{w} then :{v} end")),
        1 => name().prop_map(|v| format!(":{v} / 2.0")),
        1 => expression(),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (name(), 0..6_i32).prop_map(|(v, n)| format!(":{v} > {n}")),
        2 => (name(), name()).prop_map(|(v, w)| format!(":{v} = :{w} or not :{w} <= 3")),
        1 => name().prop_map(|v| format!(":{v} is null")),
        1 => name().prop_map(|v| format!(":{v}")),
    ]
}

fn statement() -> impl Strategy<Value = String> {
    // There is no fourth product, which \gset takes for an error.
    let product = prop_oneof![9 => 1..4_i32, 1 => Just(4)];
    prop_oneof![
        4 => name().prop_map(|v| format!("INSERT INTO notes (txt) VALUES (:{v});\n")),
        2 => (name(), product).prop_map(|(v, id)| {
            format!("SELECT stock AS {v} FROM products WHERE id = {id} \\gset\n")
        }),
        1 => name().prop_map(|v| format!("SELECT id AS {v} FROM products ORDER BY id \\aset\n")),
        2 => (1..4_i32).prop_map(|id| {
            format!("UPDATE products SET stock = stock + 1, version = {id} WHERE id = {id};\n")
        }),
        4 => (name(), tame()).prop_map(|(v, value)| format!("\\set {v} {value}\n")),
    ]
}

/// Without the beginning or the end of a transaction.
fn block() -> impl Strategy<Value = String> {
    statement().prop_recursive(3, 20, 5, |inner| {
        let some = || prop::collection::vec(inner.clone(), 0..4).prop_map(|all| all.concat());
        let two = (condition(), some(), some());
        let three = (condition(), some(), condition(), some(), some());
        prop_oneof![
            two.prop_map(|(c, then, other)| format!("\\if {c}\n{then}\\else\n{other}\\endif\n")),
            three.prop_map(|(c, one, d, two, other)| {
                format!("\\if {c}\n{one}\\elif {d}\n{two}\\else\n{other}\\endif\n")
            }),
        ]
    })
}

fn file() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        2 => block(),
        1 => prop::collection::vec(block(), 1..4)
            .prop_map(|inside| format!("BEGIN;\n{}COMMIT;\n", inside.concat())),
        1 => block().prop_map(|inside| format!("BEGIN;\n{inside}ROLLBACK;\n")),
    ];
    prop::collection::vec(part, 2..7).prop_map(|parts| {
        let sets = NAMES.iter().enumerate();
        let sets = sets.map(|(at, name)| format!("\\set {name} {at}\n"));
        let begun = "INSERT INTO notes (txt) VALUES ('begun');\n";
        format!("{}{begun}{}", sets.collect::<String>(), parts.concat())
    })
}

fn compare(count: usize) {
    let Some(mut bench) = Bench::start() else {
        return;
    };
    let files = drawn(&file(), count);
    let different = files
        .iter()
        .filter_map(|text| difference(&mut bench, text, &[]));
    let is_crash = |difference: &String| difference.starts_with(CRASHED);
    let (crashed, different): (Vec<String>, Vec<String>) = different.partition(is_crash);
    assert!(crashed.len() <= count / 20, "{}", crashed.join("\n"));
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn random_files_leave_the_same() {
    compare(40);
}

#[test]
#[ignore = "slow"]
fn many_random_files_leave_the_same() {
    compare(400);
}
