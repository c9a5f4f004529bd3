//! Whole files through pgbench and through the interpreter, on the same tables: the
//! variables, the rows and the errors are the same, the stated differences excepted one
//! by one.

use std::sync::Arc;

use checkout_sim::subject::script::{Datum, FaultCause, Next, Run, Script, ScriptEnd, Start};

use super::more::MORE;
use super::pgbench::Bench;

/// What came of a file: the rows that it left, its error if it has one, and its
/// variables at the end if it has none.
#[derive(Debug)]
struct Came {
    rows: String,
    error: Option<String>,
    variables: Vec<Variable>,
    /// pgbench 15 damages its own memory now and then, and is ended for it.
    has_crashed: bool,
}

/// How a difference begins where pgbench came to no end of its own.
pub const CRASHED: &str = "pgbench crashed: ";

/// A name with its value, `None` for NULL.
type Variable = (String, Option<String>);

/// Variables that only one side has, or that are drawn.
const APART: [&str; 7] = [
    "ROW_COUNT",
    "ERROR",
    "SQLSTATE",
    "default_seed",
    "random_seed",
    "client_id",
    "outcome_done",
];

const SETUP: &str = include_str!("edges/setup.sql");

const LEFT: &str = "SELECT 'note ' || coalesce(txt, '<null>') FROM notes ORDER BY n; \
    SELECT 'product', * FROM products ORDER BY id; SELECT 'order', * FROM orders";

fn rows(bench: &mut Bench) -> String {
    bench.sql(LEFT)
}

/// With the variables of these names.
fn by_pgbench(
    bench: &mut Bench,
    text: &str,
    bound: &[(&str, i64)],
    variables: &[Variable],
) -> Came {
    bench.sql(SETUP);
    bench.sql("DROP TABLE IF EXISTS told; CREATE TABLE told (name text, value text)");
    let tell = variables.iter();
    let tell = tell.map(|(name, _)| format!("INSERT INTO told VALUES ('{name}', :{name});\n"));
    let text = format!("{text}{}", tell.collect::<String>());
    let defined = bound
        .iter()
        .map(|(name, value)| format!("-D{name}={value}"));
    let defined: Vec<String> = defined.collect();
    let defined: Vec<&str> = defined.iter().map(String::as_str).collect();
    let (code, said) = bench.pgbench(&text, &[&["--max-tries=5"], &defined[..]].concat());
    let told = bench.sql("SELECT name || '=' || value FROM told ORDER BY name COLLATE \"C\"");
    let variable = |line: &str| {
        let (name, value) = line.split_once('=').expect("a name and a value");
        (name.to_owned(), Some(value.to_owned()))
    };
    Came {
        rows: rows(bench),
        error: (code != Some(0)).then_some(said),
        variables: told.lines().map(variable).collect(),
        has_crashed: code.is_none(),
    }
}

fn by_script(bench: &mut Bench, text: &str, bound: &[(&str, i64)]) -> Came {
    bench.sql(SETUP);
    let names = bound.iter().map(|(name, _)| *name).chain(["client_id"]);
    let names: Vec<&str> = names.collect();
    let (error, variables) = match Script::parse("f.sql", text, &names) {
        Ok(script) => tries(bench, &Arc::new(script), bound),
        Err(refusals) => (Some(format!("refused: {refusals}")), Vec::new()),
    };
    Came {
        rows: rows(bench),
        error,
        variables,
        has_crashed: false,
    }
}

/// Five tries at most; how the last one ended.
fn tries(
    bench: &Bench,
    script: &Arc<Script>,
    bound: &[(&str, i64)],
) -> (Option<String>, Vec<Variable>) {
    let values = bound
        .iter()
        .map(|(name, value)| (*name, Datum::Int(*value)));
    let values: Vec<(&str, Datum)> = values.chain([("client_id", Datum::Int(0))]).collect();
    let (mut client, mut kept) = (bench.client(), Vec::new());
    let mut variables = Vec::new();
    for _ in 0..5 {
        let start = Start {
            bound: &values,
            kept: &kept,
            seed: 5,
            repeats_writes: true,
        };
        let mut run = Run::begin(script.clone(), start);
        let end = loop {
            match run.advance() {
                Next::Send { sql, binds, .. } => run.answer(client.send(&sql, &binds)),
                Next::Ended(end) => break end,
                Next::Sleep(_) | Next::Effect { .. } => {}
            }
        };
        if run.is_open() {
            client.send("ROLLBACK", &[]);
        }
        let told = run.variables().into_iter();
        let told = told.filter(|(name, _)| !APART.contains(name));
        variables = told
            .map(|(n, value)| (n.to_owned(), value.bound()))
            .collect();
        match end {
            ScriptEnd::Again(_) => kept = run.kept(),
            ScriptEnd::Failed(fault) => return (Some(message(fault.cause)), Vec::new()),
            ScriptEnd::Done | ScriptEnd::Refused => break,
        }
    }
    (None, variables)
}

/// What pgbench says of the same error.
fn message(cause: FaultCause) -> String {
    match cause {
        FaultCause::Sql(failure) => failure.message,
        FaultCause::NotOneRow(rows) => format!("expected one row, got {rows}"),
        FaultCause::Worthless(message) => message,
        FaultCause::Column(name) => format!("invalid variable name: \"{name}\""),
        other => other.to_string(),
    }
}

/// Both sides, with a word of the outcome, which is a variable to pgbench.
fn both(bench: &mut Bench, text: &str, bound: &[(&str, i64)]) -> (Came, Came) {
    let text = format!("{text}\n\\set outcome_done 1\n");
    let ours = by_script(bench, &text, bound);
    let theirs = by_pgbench(bench, &text, bound, &ours.variables);
    (ours, theirs)
}

/// Why it is not the same; `None` if it is.
pub fn difference(bench: &mut Bench, text: &str, bound: &[(&str, i64)]) -> Option<String> {
    let (ours, theirs) = both(bench, text, bound);
    let is_same_error = match (&ours.error, &theirs.error) {
        (None, None) => true,
        // An expression that neither of them reads.
        (Some(ours), Some(theirs)) if ours.starts_with("refused: ") => {
            theirs.contains("syntax error in command") && ours.contains("expression")
        }
        // Stated of expressions: a number is written otherwise, and abs() of a truth
        // value reads memory that was not set.
        (Some(ours), Some(theirs)) if ours.starts_with("double to int overflow for ") => {
            theirs.contains("double to int overflow for ")
        }
        (Some(ours), _) if ours == "cannot coerce boolean to abs" => return None,
        (Some(ours), Some(theirs)) => theirs.contains(&**ours),
        _ => false,
    };
    let is_same_value = |(ours, theirs): (&Variable, &Variable)| match (&ours.1, &theirs.1) {
        // Stated: a NULL of an expression is the text NULL there, one of a row is empty.
        (None, Some(theirs)) => theirs == "NULL" || theirs.is_empty(),
        (ours, theirs) => ours == theirs,
    };
    let names = |came: &Came| -> Vec<String> {
        let names = came.variables.iter().map(|(name, _)| name.clone());
        names.collect()
    };
    let mut pairs = ours.variables.iter().zip(&theirs.variables);
    let are_same_variables = names(&ours) == names(&theirs) && pairs.all(is_same_value);
    // The same of a NULL that was inserted.
    let are_same_rows =
        ours.rows.replace("<null>", "NULL") == theirs.rows.replace("<null>", "NULL");
    let is_same = is_same_error && are_same_variables && are_same_rows;
    let crash = if theirs.has_crashed { CRASHED } else { "" };
    (!is_same).then(|| format!("{crash}{text}\n  ours {ours:?}\n  theirs {theirs:?}"))
}

macro_rules! edges {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("edges/", $name, ".sql")))),*]
    };
}

/// What no stated difference touches.
const SAME: [(&str, &str); 11] = edges![
    "01-checkout",
    "02-gset-no-row",
    "03-gset-two-rows",
    "06-gset-text",
    "07-update-matches-nothing",
    "10-branch-not-taken",
    "11-casts",
    "21-other-error",
    "23-minus-before-variable",
    "24-lines",
    "25-truth",
];

#[test]
fn files_leave_the_same_rows_and_errors() {
    let Some(mut bench) = Bench::start() else {
        return;
    };
    let bench = &mut bench;
    let bound = |product| [("product", product), ("units", 1), ("n", 0)];
    let mut different = Vec::new();
    for (_, text) in SAME {
        different.extend(difference(bench, text, &bound(1)));
    }
    // Nothing left, and no such product.
    different.extend(difference(bench, SAME[0].1, &bound(3)));
    different.extend(difference(bench, SAME[0].1, &bound(99)));
    for text in MORE {
        different.extend(difference(bench, text, &bound(1)));
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// Name, text, what it leaves here (notes alone), its error here, and a part of what
/// pgbench says or leaves instead.
type Stated = (
    (&'static str, &'static str),
    &'static str,
    Option<&'static str>,
    &'static str,
);

#[test]
fn stated_differences_are_as_stated() {
    let Some(mut bench) = Bench::start() else {
        return;
    };
    let bench = &mut bench;
    let [aset, null, row_count, undefined, slice, string, dollar] = edges![
        "04-aset-keeps-old-value",
        "05-gset-null",
        "08-row-count-is-no-variable",
        "09-undefined-in-sql",
        "12-array-slice",
        "13-variable-in-string",
        "14-dollar-quotes",
    ];
    let [
        comments,
        compound,
        compound_fails,
        inside,
        retry,
        no_retry,
        arithmetic,
    ] = edges![
        "15-comments",
        "16-compound",
        "17-compound-fails-whole",
        "18-ends-inside-transaction",
        "19-retry",
        "20-no-retry",
        "22-arithmetic",
    ];
    let all: [Stated; 14] = [
        (aset, "3 <null>", None, "note 3\nnote 3\n"),
        (null, "7 <null> null", None, "note 7\nnote \n"),
        (
            row_count,
            "one row",
            None,
            "undefined variable \\\"ROW_COUNT\\\"",
        ),
        (
            undefined,
            "",
            Some("2:33: the variable :nobody"),
            "note before\nnote <null>\nnote after",
        ),
        (
            slice,
            "",
            Some("4:62: the variable :n directly"),
            "syntax error at or near \\\"$1",
        ),
        (
            string,
            "",
            Some("4:40: the variable :units within a literal"),
            "supplies 1 parameters",
        ),
        (
            dollar,
            "",
            Some("4:42: the variable :units within a dollar"),
            "supplies 1 parameters",
        ),
        (
            comments,
            "line comment block comment next 3 last",
            None,
            "supplies 1 parameters",
        ),
        (
            compound,
            "",
            Some("1:14: several statements in one"),
            "multiple commands",
        ),
        (
            compound_fails,
            "",
            Some("1:43: several statements in one"),
            "multiple commands",
        ),
        (
            inside,
            "",
            Some("1:1: a transaction that is open at the end"),
            "end of script reached",
        ),
        (
            retry,
            "1 1 1 inside 11 true",
            None,
            "note 1\nnote 2\nnote 3\nnote inside\nnote 13",
        ),
        (no_retry, "1", None, "note 3\n"),
        (
            arithmetic,
            "-3 -1 3.5 2.5 true <null>",
            Some("bigint add out of range"),
            "note NULL\n",
        ),
    ];
    for ((name, text), notes, error, theirs_say) in all {
        let (ours, theirs) = both(bench, text, &[("n", 0), ("units", 1)]);
        let left = ours
            .rows
            .lines()
            .filter_map(|line| line.strip_prefix("note "));
        assert_eq!(left.collect::<Vec<_>>().join(" "), notes, "{name}");
        let said = ours.error.as_deref();
        let is_said = said.zip(error).map(|(said, error)| said.contains(error));
        assert!(
            is_said.unwrap_or(said.is_none() && error.is_none()),
            "{name}: {said:?}"
        );
        let theirs = format!("{}{:?}", theirs.rows, theirs.error);
        assert!(theirs.contains(theirs_say), "{name}: {theirs}");
    }
}
