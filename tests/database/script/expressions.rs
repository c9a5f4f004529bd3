//! Random expressions through pgbench and through the interpreter: the same values and
//! the same errors. `SIM_TEST_SEED` repeats a failure.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use checkout_sim::subject::script::Script;

use super::pgbench::Bench;
use crate::answers;

pub fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        8 => (-10_i64..10).prop_map(|n| n.to_string()),
        3 => any::<i64>().prop_map(|n| n.to_string()),
        4 => (-1000_i32..1000).prop_map(|n| format!("{:.2}", f64::from(n) / 100.0)),
        1 => any::<f64>().prop_filter("in range", |d| d.is_normal()).prop_map(|d| format!("{d:e}")),
        2 => prop::sample::select(vec![
            "null", "true", "false", "pi()", "9223372036854775807", "-9223372036854775808",
            "1e300", "0.5", "2.5", "1e15", "123456789012345678", "0.0001", "0.00001", ".5", "5.",
        ]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        let binary = prop::sample::select(vec![
            "+", "-", "*", "/", "%", "=", "<>", "!=", "<", "<=", ">", ">=", "&", "|", "#", "<<",
            ">>", "and", "or", "AND", "Or",
        ]);
        let one = prop::sample::select(vec!["abs", "double", "exp", "int", "ln", "sqrt", "debug"]);
        let two = prop::sample::select(vec![
            "mod",
            "pow",
            "power",
            "hash_fnv1a",
            "hash",
            "hash_murmur2",
            "greatest",
            "LEAST",
        ]);
        let suffix = prop::sample::select(vec![
            "is null",
            "is not null",
            "isnull",
            "notnull",
            "is true",
            "is not false",
        ]);
        prop_oneof![
            6 => (inner.clone(), binary.clone(), inner.clone())
                .prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            4 => (inner.clone(), binary, inner.clone())
                .prop_map(|(a, op, b)| format!("{a} {op} {b}")),
            2 => inner.clone().prop_map(|a| format!("(not {a})")),
            1 => inner.clone().prop_map(|a| format!("not {a}")),
            1 => inner.clone().prop_map(|a| format!("- {a}")),
            1 => inner.clone().prop_map(|a| format!("~ {a}")),
            1 => inner.clone().prop_map(|a| format!("+{a}")),
            2 => (inner.clone(), suffix).prop_map(|(a, s)| format!("({a} {s})")),
            3 => (one, inner.clone()).prop_map(|(f, a)| format!("{f}({a})")),
            3 => (two, inner.clone(), inner.clone()).prop_map(|(f, a, b)| format!("{f}({a}, {b})")),
            1 => (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("permute({a}, {b}, {c})")),
            1 => (1_i64..1000, 1_i64..1000, any::<i64>())
                .prop_map(|(a, b, c)| format!("permute({a}, {b}, {c})")),
            2 => (inner.clone(), inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c, d)| format!("case when {a} then {b} when {c} then {d} end")),
        ]
    })
}

/// `Err` with a message of pgbench; syntax errors are all one.
type Valued = Result<Option<String>, String>;

fn ours(expression: &str) -> Valued {
    let text = format!("\\set x {expression}\nSELECT 1;\n\\set outcome_done 1\n");
    if Script::parse("t", &text, &[]).is_err() {
        return Err("syntax".into());
    }
    answers::value(expression)
}

fn theirs_alone(bench: &mut Bench, expression: &str) -> Valued {
    bench.sql("TRUNCATE v");
    let text = format!("\\set x {expression}\nINSERT INTO v VALUES (0, :x);\n");
    let said = bench.pgbench(&text, &[]).1;
    let found = bench.sql("SELECT x FROM v");
    if let Some(value) = found.lines().next() {
        return Ok(Some(value.to_owned()).filter(|value| value != "<null>"));
    }
    let errors = said.lines().filter_map(|line| line.split("error: ").nth(1));
    let errors: Vec<&str> = errors.collect();
    let fatal = [
        "syntax error",
        "unexpected function name",
        "unexpected character",
        "unexpected number",
        "constant overflow",
        "at least one argument",
    ];
    if fatal.iter().any(|word| said.contains(word)) {
        return Err("syntax".into());
    }
    Err(errors
        .first()
        .map_or_else(|| said.clone(), |error| (*error).to_owned()))
}

/// Two differences are stated: NULL is bound as the text NULL by pgbench in this mode;
/// and abs() of a truth value reads memory that was not set.
fn alike(ours: &Valued, theirs: &Valued) -> bool {
    match (ours, theirs) {
        (Ok(None), Ok(Some(text))) => text == "NULL",
        (Err(ours), _) if ours == "cannot coerce boolean to abs" => true,
        (Err(ours), Err(theirs)) if ours.contains("double to int overflow") => {
            theirs.contains("double to int overflow")
        }
        _ => ours == theirs,
    }
}

/// So many values, of a seed that is printed.
pub fn drawn(strategy: &impl Strategy<Value = String>, count: usize) -> Vec<String> {
    let seed = match std::env::var("SIM_TEST_SEED") {
        Ok(text) => text.parse().expect("SIM_TEST_SEED is a whole number"),
        Err(_) => u64::from(std::process::id()),
    };
    eprintln!("SIM_TEST_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).expect("a value").current())
        .collect()
}

#[test]
fn expressions_are_worth_the_same() {
    compare(400);
}

#[test]
#[ignore = "slow"]
fn many_expressions_are_worth_the_same() {
    compare(5000);
}

fn compare(count: usize) {
    let Some(mut bench) = Bench::start() else {
        return;
    };
    let bench = &mut bench;
    bench.sql("CREATE TABLE v (n int, x text)");
    let expressions = drawn(&expression(), count);
    let (mut valued, mut failing) = (Vec::new(), Vec::new());
    for expression in &expressions {
        match ours(expression) {
            Ok(value) => valued.push((expression, Ok(value))),
            Err(error) => failing.push((expression, Err(error))),
        }
    }
    let mut different = Vec::new();
    for chunk in valued.chunks(100) {
        bench.sql("TRUNCATE v");
        let mut text = String::new();
        for (n, (expression, _)) in chunk.iter().enumerate() {
            writeln!(
                text,
                "\\set x {expression}\nINSERT INTO v VALUES ({n}, :x);"
            )
            .unwrap();
        }
        bench.pgbench(&text, &[]);
        let found = bench.sql("SELECT x FROM v ORDER BY n");
        let mut lines = found.lines();
        for (expression, ours) in chunk {
            let theirs = match lines.next() {
                Some("<null>") => Ok(None),
                Some(value) => Ok(Some(value.to_owned())),
                None => theirs_alone(bench, expression),
            };
            if !alike(ours, &theirs) {
                different.push(format!("{expression}: ours {ours:?}, theirs {theirs:?}"));
            }
        }
    }
    // Each ends its client, so each takes a pgbench of its own.
    let failing_max = count / 5;
    for (expression, ours) in failing.iter().take(failing_max) {
        let theirs = theirs_alone(bench, expression);
        if !alike(ours, &theirs) {
            different.push(format!("{expression}: ours {ours:?}, theirs {theirs:?}"));
        }
    }
    // What was not generated was not compared.
    assert!(valued.len() > count / 5 && failing.len() > count / 20);
    assert!(
        different.is_empty(),
        "{}:\n{}",
        different.len(),
        different.join("\n")
    );
}
