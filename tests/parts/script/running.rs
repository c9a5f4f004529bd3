//! Runs against answers from a list.

use crate::answers::{error, no_row, parsed, ran, ran_from, row, tag, usual};
use checkout_sim::subject::script::{Datum, FaultCause, Run, ScriptEnd, ServerAnswer, Start};

fn cause(end: &ScriptEnd) -> String {
    match end {
        ScriptEnd::Failed(fault) => fault.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_are_parameters() {
    let ran = ran(
        "BEGIN;SELECT stock, version FROM p WHERE id = :product \\gset\n\
         UPDATE p SET stock = :stock - :units, v = :version::int+1 WHERE id=:product;COMMIT;",
        |sql, _| match sql {
            sql if sql.starts_with("SELECT") => row(&[("stock", Some("5")), ("version", None)]),
            sql => usual(sql),
        },
    );
    assert_eq!(
        ran.said,
        [
            "BEGIN []",
            "SELECT stock, version FROM p WHERE id = $1 [1]",
            "UPDATE p SET stock = $1 - $2, v = $3::int+1 WHERE id=$4 [5, 2, NULL, 1]",
            "COMMIT []",
        ]
    );
    assert_eq!(ran.end, ScriptEnd::Done);
    assert!(ran.run.has_committed_write() && !ran.run.is_open());
}

#[test]
fn outcomes() {
    let end = |text: &str| ran(text, |sql, _| usual(sql)).end;
    assert_eq!(end("BEGIN;SELECT 1;COMMIT;"), ScriptEnd::Done);
    assert_eq!(end("BEGIN;SELECT 1;ROLLBACK;"), ScriptEnd::Refused);
    assert_eq!(
        end("BEGIN;SELECT 1;ROLLBACK;BEGIN;COMMIT;"),
        ScriptEnd::Done
    );
    assert_eq!(end("SELECT 1;\\set outcome_done 1"), ScriptEnd::Done);
    assert_eq!(end("SELECT 1;\\set outcome_refused 1"), ScriptEnd::Refused);
    assert_eq!(
        end("SELECT 1;\\set outcome_again 1"),
        ScriptEnd::Again(None)
    );
    let said = "BEGIN;SELECT 1;ROLLBACK;\\set outcome_again 1";
    assert_eq!(end(said), ScriptEnd::Again(None));
    let said = "BEGIN;SELECT 1;COMMIT;\\set outcome_refused 1";
    assert_eq!(end(said), ScriptEnd::Refused);
    // Where the values are known at run time only.
    let fault = end("SELECT 1;\\set outcome_done :n = 8");
    assert_eq!(
        cause(&fault),
        "t.sql:1:10: the end, and no outcome was said"
    );
    let fault = end("SELECT 1;\\set outcome_done :n = 7\n\\set outcome_refused :n = 7");
    assert!(cause(&fault).contains("several outcomes"));
}

#[test]
fn a_commit_that_is_answered_by_rollback_is_never_done() {
    let end = |text: &str, answer: fn() -> ServerAnswer| {
        let answers = |sql: &str, _: &[Option<String>]| match sql {
            "COMMIT" => answer(),
            sql => usual(sql),
        };
        ran(text, answers).end
    };
    let rollback = || tag("ROLLBACK");
    let not_committed = "the last transaction was not committed";
    let plain = "BEGIN;UPDATE t SET a = 1;COMMIT;";
    assert!(cause(&end(plain, rollback)).ends_with(not_committed));
    let said = "BEGIN;UPDATE t SET a = 1;COMMIT;\\set outcome_done 1";
    assert!(cause(&end(said, rollback)).ends_with(not_committed));
    assert_eq!(end(said, || tag("COMMIT")), ScriptEnd::Done);
    let handled = "BEGIN;UPDATE t SET a = 1;COMMIT;\\if :ERROR\n\\endif";
    assert!(cause(&end(handled, || error("23503"))).contains("SQLSTATE 23503"));
    assert!(cause(&end(handled, rollback)).ends_with(not_committed));
    let refused = "BEGIN;UPDATE t SET a = 1;COMMIT;\\set outcome_refused :ERROR";
    assert_eq!(end(refused, || error("23503")), ScriptEnd::Refused);
}

#[test]
fn an_error_is_handled_if_the_next_command_reads_it() {
    let fails = |sql: &str, _: &[Option<String>]| match sql {
        sql if sql.starts_with("INSERT") => error("23505"),
        sql => usual(sql),
    };
    let by_code = ran(
        "BEGIN;INSERT INTO t VALUES (1);\\if :SQLSTATE = '23505'\nROLLBACK;\
         \\set outcome_refused 1\n\\else\nCOMMIT;\\endif",
        fails,
    );
    assert_eq!(by_code.end, ScriptEnd::Refused);
    let sent = ran(
        "INSERT INTO t VALUES (1);SELECT :ERROR, :SQLSTATE, :ROW_COUNT;\\set outcome_done 1",
        fails,
    );
    assert_eq!(sent.said[1], "SELECT $1, $2, $3 [true, 23505, 0]");
    assert_eq!(sent.end, ScriptEnd::Done);
    // The next that runs: behind the end of a part.
    let jumped = ran(
        "\\if 1\nINSERT INTO t VALUES (1);\\else\nSELECT 1;\\endif\n\\set outcome_refused :ERROR\n\
         \\set outcome_done not :outcome_refused",
        fails,
    );
    assert_eq!(jumped.end, ScriptEnd::Refused);
    // The second one is too late, and a pause is a command.
    for between in ["SELECT 2;", "\\set x 1\n", "\\sleep 1 us\n"] {
        let late = ran(
            &format!("BEGIN;INSERT INTO t VALUES (1);{between}\\if :ERROR\n\\endif\nROLLBACK;"),
            fails,
        );
        assert_eq!(cause(&late.end), "t.sql:1:7: SQLSTATE 23505: no");
        assert!(late.run.is_open(), "the caller rolls back");
    }
}

/// A script names the errors that it knows; any other one goes on to the caller.
#[test]
fn an_error_that_is_read_and_left_alone_reaches_the_caller() {
    let end = |text: &str, sqlstate: &'static str| {
        let mut has_failed = false;
        let ran = ran(text, |sql, _| match sql {
            _ if has_failed && sql != "ROLLBACK" => match sql {
                "COMMIT" => tag("ROLLBACK"),
                _ => error("25P02"),
            },
            sql if sql.starts_with("INSERT") => {
                has_failed = true;
                error(sqlstate)
            }
            sql => usual(sql),
        });
        ran.end
    };
    let known = "BEGIN;INSERT INTO t VALUES (1);\\if :SQLSTATE = '23505'\nROLLBACK;\\else\n";
    for goes_on in ["UPDATE t SET a = 1;COMMIT;", "COMMIT;"] {
        let text = format!("{known}{goes_on}\\endif");
        assert_eq!(end(&text, "23505"), ScriptEnd::Refused);
        let other = cause(&end(&text, "23514"));
        assert_eq!(other, "t.sql:1:7: SQLSTATE 23514: no", "{goes_on}");
        let lost = end(&text, "40001");
        assert!(matches!(lost, ScriptEnd::Again(Some(f)) if f.sqlstate == "40001"));
    }
    let alone = "INSERT INTO t VALUES (1);\\set outcome_done not :ERROR\n";
    assert_eq!(cause(&end(alone, "23505")), "t.sql:1:1: SQLSTATE 23505: no");
    // What was read, and rolled back, is dealt with.
    let again =
        "BEGIN;INSERT INTO t VALUES (1);\\if :ERROR\nROLLBACK;BEGIN;\\endif\nSELECT 1;COMMIT;";
    let ran = ran(again, |sql, _| match sql {
        sql if sql.starts_with("INSERT") => error("23505"),
        "SELECT 1" => error("25P02"),
        sql => usual(sql),
    });
    assert!(cause(&ran.end).contains("25P02"));
}

#[test]
fn the_variables_of_psql_follow_each_statement() {
    let ran = ran(
        "UPDATE t SET a = 1;\\set rows :ROW_COUNT\nSELECT :rows, :ERROR, :SQLSTATE;\
         SELECT :ROW_COUNT;\\set outcome_done 1",
        |sql, _| match sql {
            sql if sql.starts_with("UPDATE") => tag("UPDATE 3"),
            _ => row(&[("a", None)]),
        },
    );
    assert_eq!(ran.said[1], "SELECT $1, $2, $3 [3, false, 00000]");
    assert_eq!(ran.said[2], "SELECT $1 [1]");
}

#[test]
fn a_lost_race_begins_the_script_again() {
    let text = "BEGIN;UPDATE t SET a = 1;COMMIT;";
    for sqlstate in ["40001", "40P01", "55P03"] {
        for failing in ["UPDATE", "COMMIT"] {
            let ran = ran(text, |sql, _| match sql {
                sql if sql.starts_with(failing) => error(sqlstate),
                sql => usual(sql),
            });
            assert!(matches!(ran.end, ScriptEnd::Again(Some(f)) if f.sqlstate == sqlstate));
            assert_eq!(ran.run.is_open(), failing == "UPDATE");
        }
    }
    let other = ran(text, |sql, _| match sql {
        "COMMIT" => error("40002"),
        sql => usual(sql),
    });
    assert!(cause(&other.end).contains("SQLSTATE 40002"));
}

#[test]
fn a_try_that_has_committed_a_write_is_not_tried_again() {
    let end = |first: &str, counts: &'static str, repeats_writes: bool| {
        let text = format!("{first};SELECT 2;\\set outcome_done 1");
        let start = Start {
            repeats_writes,
            ..Start::default()
        };
        let answers = |sql: &str, _: &[Option<String>]| match sql {
            "SELECT 2" => error("40001"),
            "BEGIN" | "COMMIT" | "ROLLBACK" => usual(sql),
            _ => tag(counts),
        };
        matches!(
            ran_from(&parsed(&text), start, answers).end,
            ScriptEnd::Again(_)
        )
    };
    assert!(!end("UPDATE t SET a = 1", "UPDATE 1", false));
    assert!(end("UPDATE t SET a = 1", "UPDATE 1", true));
    assert!(
        end("UPDATE t SET a = 1", "UPDATE 0", false),
        "nothing was written"
    );
    assert!(end("SELECT 1", "SELECT 1", false));
    assert!(!end(
        "BEGIN;INSERT INTO t VALUES (1);COMMIT",
        "INSERT 0 1",
        false
    ));
    assert!(end(
        "BEGIN;INSERT INTO t VALUES (1);ROLLBACK",
        "INSERT 0 1",
        false
    ));
    // What a SELECT over WITH has changed cannot be seen.
    let with = "WITH u AS (UPDATE t SET a = 1 RETURNING 1) SELECT count(*) FROM u";
    assert!(!end(with, "SELECT 1", false));
    assert!(!end("CALL p()", "CALL", false));
}

#[test]
fn gset_takes_one_row_and_aset_the_last() {
    let two = || {
        let ServerAnswer::Done(mut two) = row(&[("a", Some("1"))]) else {
            unreachable!()
        };
        two.rows.push(vec![Some("2".into())]);
        ServerAnswer::Done(two)
    };
    let end = |save: &str, answer: fn() -> ServerAnswer| {
        let text = format!("SELECT a FROM t {save}\nVALUES (:a);\\set outcome_done 1");
        let answers = |sql: &str, _: &[Option<String>]| match sql.starts_with("SELECT") {
            true => answer(),
            false => usual("VALUES"),
        };
        let ran = ran(&text, answers);
        (ran.said.get(1).cloned().unwrap_or_default(), ran.end)
    };
    let none = || no_row(&["a"]);
    let one = || row(&[("a", Some("5"))]);
    assert_eq!(end("\\gset", one).0, "VALUES ($1) [5]");
    assert!(cause(&end("\\gset", none).1).starts_with("t.sql:1:1: \\gset takes one row, and 0"));
    let fault = |rows| match end("\\gset", if rows == 0 { none } else { one }).1 {
        ScriptEnd::Failed(fault) => Some(fault.cause),
        _ => None,
    };
    assert_eq!(fault(0), Some(FaultCause::NotOneRow(0)));
    assert_eq!(fault(1), None);
    let _ = two;
    assert_eq!(end("\\aset", one).0, "VALUES ($1) [5]");
    assert_eq!(end("\\aset", none).0, "VALUES ($1) [NULL]");
    let answers = |sql: &str, _: &[Option<String>]| {
        if sql.starts_with("SELECT") {
            two()
        } else {
            usual(sql)
        }
    };
    let last = ran(
        "SELECT a FROM t \\aset\nSELECT :a;\\set outcome_done 1",
        answers,
    );
    assert_eq!(last.said[1], "SELECT $1 [2]");
    let both = ran(
        "SELECT a FROM t \\gset\nSELECT :a;\\set outcome_done 1",
        answers,
    );
    assert!(cause(&both.end).contains("and 2 came"));
}

#[test]
fn columns_become_variables() {
    let answers = |sql: &str, _: &[Option<String>]| match sql {
        "TABLE t" => row(&[("Ab", Some("t")), ("unread", Some("x"))]),
        "TABLE u" => row(&[("?column?", None)]),
        sql => usual(sql),
    };
    let named = ran(
        "TABLE t \\gset p_\nVALUES (:p_Ab);\\set outcome_done 1",
        answers,
    );
    assert_eq!(named.said[1], "VALUES ($1) [t]");
    let variables = named.run.variables();
    assert!(variables.contains(&("p_unread", &Datum::from("x"))));
    let end = ran("TABLE u \\gset\n\\set outcome_done 1", answers).end;
    assert!(cause(&end).contains("\"?column?\" is no name"));
    let end = ran(
        "TABLE t \\gset\nSELECT :other;\\set outcome_done 1",
        answers,
    )
    .end;
    assert!(cause(&end).ends_with("t.sql:2:1: the variable :other is not set"));
}

#[test]
fn pauses_and_effects_are_steps() {
    let ran = ran(
        "\\sleep 2 ms\n\\sleep :n\n\\sleep 3us\nSELECT 1;\\effect mail :n * 2\n\\set outcome_done 1",
        |sql, _| usual(sql),
    );
    let expected = [
        "sleep 2000",
        "sleep 7000000",
        "sleep 3",
        "SELECT 1 []",
        "effect mail 14",
    ];
    assert_eq!(ran.said, expected);
}

#[test]
fn a_try_begins_as_the_one_before_but_for_what_is_kept() {
    let script = parsed(
        "\\keep tries 1\n\\set n :n + 1\n\\set r random(1, 1000000)\nSELECT :tries, :n, :r;\
         \\set tries :tries + 1\n\\set outcome_again 1",
    );
    let (mut kept, mut said) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let start = Start {
            kept: &kept,
            seed: 5,
            ..Start::default()
        };
        let ran = ran_from(&script, start, |sql, _| usual(sql));
        assert_eq!(ran.end, ScriptEnd::Again(None));
        kept = ran.run.kept();
        said.push(ran.said[0].clone());
    }
    let drawn = said[0]
        .strip_prefix("SELECT $1, $2, $3 [1, 8, ")
        .expect("so");
    assert_eq!(said[1], format!("SELECT $1, $2, $3 [2, 8, {drawn}"));
    assert_eq!(said[2], format!("SELECT $1, $2, $3 [3, 8, {drawn}"));
    let other = Start {
        seed: 6,
        ..Start::default()
    };
    assert!(!ran_from(&script, other, |sql, _| usual(sql)).said[0].ends_with(drawn));
}

#[test]
#[should_panic(expected = "was not answered")]
fn an_answer_is_due() {
    let mut run = Run::begin(parsed("BEGIN;SELECT 1;COMMIT;"), Start::default());
    run.advance();
    run.advance();
}
