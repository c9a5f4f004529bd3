//! SQL stands in one file.

use super::source::{Source, assert_none, sources};

/// SQL stands in string literals of these files only.
fn sql_stands_only_in(sources: &[Source], allowed: &[&str]) -> Vec<String> {
    let others = sources
        .iter()
        .filter(|s| !allowed.contains(&s.path.as_str()));
    let mut offences = Vec::new();
    for source in others {
        for (line, text) in source.scan.strings.iter().filter(|(_, t)| is_sql(t)) {
            offences.push(source.at(*line, &format!("holds SQL: {text}")));
        }
    }
    offences
}

/// A literal is SQL if it begins as a statement does, or has two words in the
/// order that only SQL has. Prose may name a statement: `COMMIT of a failed
/// transaction`.
fn is_sql(text: &str) -> bool {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let begins = [
        "SELECT ",
        "INSERT ",
        "UPDATE ",
        "DELETE ",
        "WITH ",
        "CREATE ",
        "DROP ",
        "ALTER ",
        "TRUNCATE ",
        "BEGIN ",
        "SET ",
        "LOCK ",
        "GRANT ",
    ];
    let whole = ["BEGIN", "COMMIT", "ROLLBACK"];
    let pairs = [
        ("SELECT ", " FROM "),
        ("UPDATE ", " SET "),
        ("INSERT INTO ", "("),
    ];
    let in_order = |(first, then): &(&str, &str)| {
        let at = text.find(first);
        at.is_some_and(|at| text[at..].contains(then))
    };
    whole.contains(&text.as_str())
        || begins.iter().any(|b| text.starts_with(b))
        || pairs.iter().any(in_order)
}

#[test]
fn sql_stands_in_one_file() {
    // The model repeats a message of the server that quotes SQL.
    assert_none(&sql_stands_only_in(
        &sources(),
        &[
            "src/database/postgres/sql.rs",
            "src/database/postgres/playground/asked_sql.rs",
            "src/database/postgres/playground/bodies_sql.rs",
            "src/database/postgres/playground/sql.rs",
            "src/database/postgres/playground/statistics_sql.rs",
            "src/database/postgres/relation_sql.rs",
            "src/serve/sql.rs",
            "src/mvcc/transaction.rs",
            // Tags of the server.
            "src/explore/worlds/proxy/transaction.rs",
        ],
    ));
}

#[test]
fn sql_out_of_place_is_found() {
    let text = r#"
        fn f() {
            run("SELECT 1"); run("WITH x AS (SELECT 1) TABLE x"); run("COMMIT");
            run("/* hint */ SELECT a FROM b"); run("  UPDATE t SET a = 1");
            say("COMMIT of a failed transaction is a ROLLBACK"); say("commit");
            say("versioned UPDATE, and the row count is not read"); say("select one");
        }"#;
    let planted = [Source::new("src/load/x.rs", text)];
    assert_eq!(
        sql_stands_only_in(&planted, &["src/database/postgres/sql.rs"]).len(),
        5
    );
    assert_none(&sql_stands_only_in(&planted, &["src/load/x.rs"]));
}
