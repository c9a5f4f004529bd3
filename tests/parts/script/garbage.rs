//! Garbage, and right scripts with a few characters changed: reading never panics, and
//! each refusal has a place inside the file. What is read runs to an end.

use std::sync::Arc;

use checkout_sim::subject::script::{Next, Run, Script, ScriptEnd, ServerAnswer, SqlKind, Start};
use proptest::prelude::*;

use crate::answers;

/// Pieces of the language, to be put together in any sequence.
const PIECES: [&str; 60] = [
    "BEGIN;",
    "COMMIT;",
    "ROLLBACK;",
    "SELECT 1 AS a",
    ";",
    "\n",
    " ",
    "\\set x ",
    "\\set",
    "\\keep k ",
    "\\gset",
    "\\gset p_",
    "\\aset",
    "\\if ",
    "\\elif ",
    "\\else",
    "\\endif",
    "\\sleep 1 ms",
    "\\effect e ",
    "\\shell x",
    "\\",
    "\\\n",
    "\\;",
    ":x",
    ":a",
    ":ERROR",
    ":SQLSTATE",
    ":ROW_COUNT",
    ":units",
    "::int",
    ":",
    "'",
    "''",
    "E'\\'",
    "\"",
    "$$",
    "$q$",
    "$1",
    "/*",
    "*/",
    "--",
    "(",
    ")",
    "[1:n]",
    "1",
    "9223372036854775808",
    "1e5",
    "+",
    "-",
    "not ",
    " and ",
    " is null",
    "case when ",
    " then ",
    " end",
    "random(1, 2)",
    "'x' = ",
    "ü",
    "\u{feff}",
    "\\set outcome_done 1\n",
];

/// Reads it; where it is refused, each refusal is inside the file and in words.
fn read(text: &str) -> Option<Arc<Script>> {
    match Script::parse("g.sql", text, &["units"]) {
        Ok(script) => Some(Arc::new(script)),
        Err(refusals) => {
            assert!(!refusals.0.is_empty());
            let lines: Vec<&str> = text.split('\n').collect();
            for refusal in &refusals.0 {
                let (line, column) = (refusal.place.line as usize, refusal.place.column as usize);
                assert!((1..=lines.len()).contains(&line), "{refusal} in {text:?}");
                let width = lines[line - 1].chars().count();
                assert!((1..=width + 1).contains(&column), "{refusal} in {text:?}");
                assert!(!refusal.found.is_empty() && !refusal.right.is_empty());
                let head = format!("g.sql:{line}:{column}: {}; ", refusal.found);
                assert!(refusal.to_string().starts_with(&head));
            }
            None
        }
    }
}

/// Runs it to its end on these answers, and then on usual ones. Nothing is done that is
/// left open, or whose last COMMIT was answered by ROLLBACK or by an error.
fn run(script: &Arc<Script>, answers: &[u8]) {
    let bound = [("units", 1.into())];
    let start = Start {
        bound: &bound,
        ..Start::default()
    };
    let mut run = Run::begin(script.clone(), start);
    let (mut sent, mut steps, mut is_committed) = (0, 0, true);
    loop {
        steps += 1;
        assert!(steps < 100_000, "jumps lead forward");
        match run.advance() {
            Next::Send {
                sql, binds, kind, ..
            } => {
                assert!((1..=binds.len()).all(|nth| sql.contains(&format!("${nth}"))));
                let (is_done, answer) = answer(*answers.get(sent).unwrap_or(&0), kind);
                is_committed = match kind {
                    SqlKind::Commit => is_done,
                    SqlKind::Begin => true,
                    _ => is_committed,
                };
                sent += 1;
                run.answer(answer);
            }
            Next::Ended(ScriptEnd::Done) => {
                assert!(!run.is_open() && is_committed);
                return;
            }
            Next::Ended(_) => return,
            Next::Sleep(_) | Next::Effect { .. } => {}
        }
    }
}

/// An answer, and whether what was asked for is done.
fn answer(which: u8, kind: SqlKind) -> (bool, ServerAnswer) {
    let two_rows = || {
        let ServerAnswer::Done(mut two) = answers::row(&[("a", None), ("stock", Some("x"))]) else {
            unreachable!("a row is no error");
        };
        two.rows.push(vec![None, Some("0".into())]);
        ServerAnswer::Done(two)
    };
    match which {
        1 => (false, answers::error("40001")),
        2 => (false, answers::error("23505")),
        3 if kind == SqlKind::Commit => (false, answers::tag("ROLLBACK")),
        3 => (true, answers::no_row(&["a", "version"])),
        4 => (true, two_rows()),
        5 => (true, answers::tag("UPDATE 0")),
        _ => (
            true,
            answers::row(&[("a", Some("1")), ("stock", Some("9"))]),
        ),
    }
}

/// What a server may answer.
fn any_answers() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0_u8..7, 0..8)
}

const CHECKOUT: &str = include_str!("../../database/script/edges/01-checkout.sql");

/// Right scripts, of which some characters are changed.
const RIGHT: [&str; 3] = [
    "BEGIN;\nSELECT stock, version FROM p WHERE id = :units \\gset\n\\if :stock < :units\nROLLBACK;\n\
     \\elif :version = 1 or 'a' = :stock\nUPDATE p SET a = '1;' WHERE b = $$;$$;\n\\if :ERROR\nROLLBACK;\n\
     \\else\nCOMMIT;\n\\endif\n\\else\n\\sleep 1 ms\nCOMMIT;\n\\endif\n",
    "\\keep t 1\n\\set x case when :units > 2 then greatest(1, 2.5) else hash(5) end\nSELECT :x::int /* c */, E'\\'';\n\
     \\effect mail :x + \\\n 1\n\\set outcome_done 1\n",
    CHECKOUT,
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in any::<String>(), answers in any_answers()) {
        if let Some(script) = read(&text) {
            run(&script, &answers);
        }
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40), answers in any_answers()) {
        if let Some(script) = read(&pieces.concat()) {
            run(&script, &answers);
        }
    }

    #[test]
    fn changed_scripts(
        which in 0..RIGHT.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..3, prop::sample::select(&PIECES[..])), 0..4),
        answers in any_answers(),
    ) {
        let mut text: Vec<char> = RIGHT[which].replace("client_id", "units").replace(":product", ":units").chars().collect();
        for (at, removed, piece) in changes {
            let at = at.index(text.len() + 1);
            let end = (at + removed * 7).min(text.len());
            text.splice(at..end, piece.chars());
        }
        let text: String = text.into_iter().collect();
        if let Some(script) = read(&text) {
            run(&script, &answers);
        }
    }
}

/// The scripts that are changed are right as they stand: else nothing would be run.
#[test]
fn the_scripts_are_right() {
    for text in RIGHT {
        let text = text
            .replace("client_id", "units")
            .replace(":product", ":units");
        let script = read(&text).expect("right");
        run(&script, &[]);
    }
}

#[test]
fn deep_and_long_expressions_are_refused() {
    for expression in [
        "(".repeat(5000),
        "1+".repeat(5000),
        "not ".repeat(5000),
        "-".repeat(900),
    ] {
        assert!(read(&format!("SELECT 1;\\set outcome_done {expression}1")).is_none());
    }
    let long = format!(
        "SELECT 1;\\set x {}1\n\\set outcome_done 1",
        "1+".repeat(400)
    );
    run(&read(&long).expect("right"), &[]);
    let texts = [
        format!("SELECT {};", "(".repeat(20_000)),
        "/*".repeat(20_000),
        ";".repeat(20_000),
    ];
    texts.iter().for_each(|text| assert!(read(text).is_none()));
}
