//! What a caller hears of a variable whose type the server does not find.

use checkout_sim::subject::script::{ScriptEnd, ServerAnswer, SqlFailure};

use crate::answers::ran;

/// What ends a try whose statement is refused so.
fn heard(sql: &str, sqlstate: &str, message: &str) -> String {
    let refused = ServerAnswer::Failed(SqlFailure {
        sqlstate: sqlstate.into(),
        message: message.into(),
    });
    let text = format!("\n  {sql};\n\\set outcome_done 1");
    match ran(&text, |_, _| refused.clone()).end {
        ScriptEnd::Failed(fault) => fault.to_string(),
        other => panic!("{other:?}"),
    }
}

/// With the variable that the message means, where it names a parameter, and else with the
/// first one that has no cast.
#[test]
fn a_type_that_is_not_found_names_the_cast() {
    let cast = |name: &str| format!("write a cast, such as :{name}::int");
    for (sql, sqlstate, message, name) in [
        ("SELECT :n + :units", "42725", "operator is not unique", "n"),
        (
            "SELECT :n::int + :units",
            "42725",
            "operator is not unique",
            "units",
        ),
        (
            "SELECT :n ::int, :units || :n",
            "42804",
            "types do not match",
            "units",
        ),
        (
            "SELECT :n, :units",
            "42P18",
            "could not determine data type of parameter $2",
            "units",
        ),
        (
            "SELECT :n, :units",
            "42P18",
            "could not determine data type of parameter $9",
            "n",
        ),
    ] {
        let heard = heard(sql, sqlstate, message);
        let begin = format!("t.sql:2:3: SQLSTATE {sqlstate}: {message}; ");
        assert!(heard.starts_with(&begin), "{heard}");
        assert!(heard.ends_with(&cast(name)), "{sql}: {heard}");
    }
}

/// Nothing is said of casts where no variable brought the error.
#[test]
fn other_errors_are_left_as_they_are() {
    for (sql, sqlstate) in [
        ("SELECT :n + :units", "22003"),
        ("SELECT :n + :units", "42883"),
        ("SELECT '1' + '1'", "42725"),
        ("SELECT :n::int + :units::text", "42725"),
    ] {
        let heard = heard(sql, sqlstate, "no");
        assert_eq!(
            heard,
            format!("t.sql:2:3: SQLSTATE {sqlstate}: no"),
            "{sql}"
        );
    }
}
