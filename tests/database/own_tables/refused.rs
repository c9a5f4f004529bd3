//! Set-ups that are refused, and tables that have no way back.

use checkout_sim::database::{Playground, SetUpError};
use checkout_sim::scenario::SetUp;

use super::dump::{lines, look_into, run};
use super::shop::{files, ground, playground};
use crate::common;

/// What a set-up of one file is told, and its line; nothing of it is left on the server.
async fn refusal(text: &str) -> (usize, String) {
    let (server, name) = common::server_and_name();
    let made = Playground::make(&server, &name, &files(&["CREATE TABLE kept ()", text])).await;
    let Err(SetUpError::Statement {
        file,
        line,
        message,
    }) = made
    else {
        panic!("{text}: {made:?}");
    };
    assert_eq!(file, "2.sql");
    assert_eq!(left(&name).await, Vec::<String>::new());
    (line, message)
}

/// Databases and roles of a run.
pub async fn left(name: &str) -> Vec<String> {
    let sql = format!(
        "SELECT datname::text FROM pg_database WHERE datname ~ '^{name}(_|$)' \
         UNION ALL SELECT rolname FROM pg_roles WHERE rolname = '{name}'"
    );
    lines(&mut look_into("postgres").await, &sql).await
}

#[tokio::test]
async fn a_set_up_that_fails_is_told_with_its_line_and_the_servers_message() {
    for (text, line, message) in [
        (
            "SELECT 1;\n\nINSERT INTO b\nVALUES (1);",
            3,
            "relation \"b\" does not exist",
        ),
        (
            "SELECT $x$;\n$x$;\nSELECT\n  wrong;",
            3,
            "line 4: column \"wrong\" does not exist",
        ),
        (
            "COPY kept FROM stdin;\n\n1\t2\n\\.\n",
            1,
            "COPY kept, line 2",
        ),
        (
            "SELECT 1;\n/* /* */\nSELECT 2;",
            2,
            "a comment that does not end",
        ),
        ("BEGIN;\nSELECT 1;", 2, "within a transaction"),
        (
            "\\restrict x\nSELECT 1;\n\\connect other\n",
            3,
            "\\connect is a command of psql",
        ),
        ("SELECT 1 \\gset\n", 1, "\\gset is a command of psql"),
        (
            "CREATE RULE r AS ON DELETE TO kept DO (SELECT 1; SELECT wrong);",
            1,
            "wrong",
        ),
    ] {
        let (at, said) = refusal(text).await;
        assert!(said.contains(message), "{text}: {said}");
        assert_eq!(at, line, "{text}: {said}");
    }
}

/// The role of the set-up is an ordinary one: the server itself refuses what leaves its database.
#[tokio::test]
async fn a_set_up_that_leaves_its_database_is_refused() {
    for text in [
        "CREATE ROLE another",
        "CREATE DATABASE another",
        "ALTER ROLE postgres SET work_mem = '1MB'",
        "ALTER SYSTEM SET work_mem = '1MB'",
        "COPY kept FROM PROGRAM 'true'",
        "COPY kept TO '/tmp/kept'",
        "SELECT pg_read_file('postgresql.conf')",
        "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f()",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
    ] {
        let (line, said) = refusal(text).await;
        assert_eq!(line, 1);
        assert!(said.contains("SQLSTATE 42501"), "{text}: {said}");
    }
}

#[tokio::test]
async fn what_has_no_way_back_is_named_before_anything_is_explored() {
    let (playground, _) = playground(&["\
        CREATE TABLE t (id int);\n\
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';\n\
        CREATE TRIGGER always AFTER INSERT ON t EXECUTE FUNCTION f();\n\
        ALTER TABLE t ENABLE ALWAYS TRIGGER always;\n\
        CREATE MATERIALIZED VIEW m AS SELECT * FROM t;\n\
        CREATE SCHEMA sim;\n\
        SELECT lo_create(0);"])
    .await;
    let named: Vec<String> = playground
        .unresettable()
        .iter()
        .map(ToString::to_string)
        .collect();
    for (found, begin) in named.iter().zip([
        "schema sim has the name",
        "always on public.t is a trigger that fires ALWAYS",
        "large objects lie outside",
        "public.m is a materialized view",
    ]) {
        assert!(found.starts_with(begin), "{named:#?}");
    }
    assert_eq!(named.len(), 4, "{named:#?}");
}

#[tokio::test]
async fn a_script_that_changes_what_tables_there_are_is_told() {
    let (mut playground, name) = playground(&["CREATE TABLE t (id int); CREATE TABLE u ()"]).await;
    for (nth, (change, told)) in [
        ("ALTER TABLE t ADD COLUMN n int", "the columns of t"),
        ("CREATE TABLE w ()", "made or dropped"),
        ("CREATE SEQUENCE s", "made or dropped"),
        ("DROP TABLE u", "dropped a table"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut ground = ground(&mut playground).await;
        let mut look = look_into(&format!("{name}_{}", nth + 1)).await;
        run(&mut look, "CREATE TEMPORARY TABLE mine ()").await;
        ground
            .reset()
            .await
            .expect("a temporary table is the session's own");
        run(&mut look, change).await;
        ground.may_have_changed();
        let error = ground.reset().await.expect_err(change).to_string();
        assert!(error.contains(told), "{change}: {error}");
    }
}

#[tokio::test]
async fn a_command_sets_up_too_and_its_last_lines_are_shown_when_it_fails() {
    let (server, name) = common::server_and_name();
    let psql = crate::postgres::postgres()
        .postgres()
        .with_file_name("psql");
    let words = format!(
        "test -z \"$CARGO_MANIFEST_DIR\" && {} \"$DATABASE_URL\" -c 'CREATE TABLE a (n int)' \
         && {0} -c 'INSERT INTO a VALUES (7)'",
        psql.display()
    );
    let made = Playground::make(&server, &name, &SetUp::Command(words)).await;
    let mut playground = made.unwrap_or_else(|error| panic!("{error}"));
    let state = ground(&mut playground)
        .await
        .state()
        .await
        .expect("a state");
    assert_eq!(state.rows("a").count(), 1);

    let (server, name) = common::server_and_name();
    let words = "seq 100; echo 'rake aborted!' >&2; exit 3";
    let made = Playground::make(&server, &name, &SetUp::Command(words.into())).await;
    let error = made.expect_err("it fails").to_string();
    assert!(
        error.starts_with("the set-up command failed (exit code 3)\n82\n"),
        "{error}"
    );
    assert!(error.ends_with("100\nrake aborted!"), "{error}");
    assert_eq!(left(&name).await, Vec::<String>::new());
}
