//! Words that have no place in some layer, and what is left behind by accident.

use super::scan::{is_of_word, line_at};
use super::source::{Source, assert_none, below, sources};

/// No source says any of these words in its code.
fn says_none_of(sources: &[&Source], words: &[&str]) -> Vec<String> {
    let mut offences = Vec::new();
    for source in sources {
        let code = &source.scan.code;
        for forbidden in words {
            for (at, _) in code.match_indices(forbidden) {
                let stands_alone = !code[..at].ends_with(is_of_word)
                    && !code[at + forbidden.len()..].starts_with(is_of_word);
                if stands_alone {
                    let line = line_at(code, at);
                    offences.push(source.at(line, &format!("says {forbidden}")));
                }
            }
        }
    }
    offences
}

#[test]
fn a_strategy_knows_no_driver_no_runtime_and_no_clock() {
    let words = [
        "sqlx", "tokio", "time", "Instant", "Duration", "thread", "rand",
    ];
    assert_none(&says_none_of(&below(&sources(), "src/subject/"), &words));
}

/// The layers above speak of subjects: a strategy is one of several kinds of them.
#[test]
fn a_strategy_is_known_to_its_folder_alone() {
    let sources = sources();
    let is_outside = |s: &&Source| !s.path.starts_with("src/subject/");
    let outside: Vec<&Source> = sources.iter().filter(is_outside).collect();
    assert_none(&says_none_of(&outside, &["Strategy"]));
}

/// The oracle alone knows the tables of the shop and the rules that they must keep:
/// another subject has others.
#[test]
fn the_books_are_known_to_the_oracle_alone() {
    let sources = sources();
    let is_outside = |s: &&Source| !s.path.starts_with("src/oracle/");
    let outside: Vec<&Source> = sources.iter().filter(is_outside).collect();
    assert_none(&says_none_of(&outside, &["Ledger", "Violations"]));
}

#[test]
fn the_oracle_knows_no_strategy_and_no_database() {
    let words = ["strategy", "Strategy", "sqlx", "tokio", "database"];
    assert_none(&says_none_of(&below(&sources(), "src/oracle/"), &words));
}

/// sqlx stands behind the database layer; tokio above the checkout only.
#[test]
fn libraries_stay_in_their_layers() {
    let sources = sources();
    let outside = |directories: &[&str]| -> Vec<&Source> {
        let is_inside = |s: &Source| directories.iter().any(|d| s.path.starts_with(d));
        sources.iter().filter(|source| !is_inside(source)).collect()
    };
    assert_none(&says_none_of(
        &outside(&["src/database/postgres/"]),
        &["sqlx"],
    ));
    // Attempts are tested with tokio's test attribute, nothing else.
    let async_layers = [
        "src/cli/",
        "src/database/postgres/",
        "src/database/ready.rs",
        "src/load/",
        "src/explore/",
        "src/serve/",
        "src/service/",
        "src/flow/attempt.rs",
    ];
    assert_none(&says_none_of(&outside(&async_layers), &["tokio"]));
    assert_none(&says_none_of(
        &outside(&["src/cli/"]),
        &["clap", "anyhow", "anstream"],
    ));
}

/// `println!` panics on a closed pipe; the others are left behind by accident.
#[test]
fn nothing_unfinished_is_left_behind() {
    let sources = sources();
    let all: Vec<&Source> = sources.iter().collect();
    let words = ["todo!", "unimplemented!", "dbg!", "println!", "print!"];
    assert_none(&says_none_of(&all, &words));
}

#[test]
fn a_word_out_of_place_is_found() {
    let planted =
        |text: &str, words: &[&str]| says_none_of(&[&Source::new("src/subject/x.rs", text)], words);
    let found = planted("fn f() {}\nuse sqlx::Row;", &["sqlx"]);
    assert_eq!(found, ["src/subject/x.rs:2: says sqlx"]);
    assert_eq!(
        planted("let t = std::time::Instant::now();", &["time"]).len(),
        1
    );
    assert_eq!(
        planted("fn f() { todo!() } fn g() { dbg!(1); }", &["todo!", "dbg!"]).len(),
        2
    );
    assert_none(&planted(
        "// sqlx\nlet sqlxes = \"sqlx\"; let time_us = timed;",
        &["sqlx", "time"],
    ));
}
