//! Wrong scripts: each is refused, with its place, what was found, and what is right.

use crate::answers::{parsed, refused};

/// The one refusal of a file, without the name of the file.
fn one(text: &str) -> String {
    let refusals = refused(text).0;
    assert_eq!(refusals.len(), 1, "{text}: {refusals:#?}");
    let words = refusals[0].to_string();
    words.strip_prefix("t.sql:").expect("its file").to_owned()
}

#[track_caller]
fn says(text: &str, start: &str, right: &str) {
    let said = one(text);
    assert!(said.starts_with(start), "{text}: {said}");
    assert!(said.contains(right), "{text}: {said}");
}

#[test]
fn commands_that_the_language_does_not_have() {
    let in_transaction = |command: &str| format!("BEGIN;\nSELECT 1;\n  {command}\nCOMMIT;");
    for (command, start, right) in [
        ("\\shell rm -rf /", "3:3: the command \\shell", "\\effect"),
        ("\\setshell x date", "3:3: the command \\setshell", "bind"),
        (
            "\\startpipeline",
            "3:3: the command \\startpipeline",
            "leave it out",
        ),
        (
            "\\endpipeline",
            "3:3: the command \\endpipeline",
            "leave it out",
        ),
        ("\\gest", "3:3: the command \\gest", "did you mean \\gset?"),
        (
            "\\elsif 1",
            "3:3: the command \\elsif",
            "did you mean \\elif?",
        ),
        (
            "\\connect x",
            "3:3: the command \\connect",
            "the commands are \\set",
        ),
        ("\\", "3:3: the command \\;", "the commands are \\set"),
        ("COPY t FROM STDIN;", "3:3: COPY", "INSERT"),
        (
            "COPY t (a, b) FROM STDIN WITH (FORMAT csv);",
            "3:3: COPY",
            "INSERT",
        ),
        ("COPY t TO STDOUT;", "3:3: COPY", "SELECT"),
        (
            "SELECT 1\\; SELECT 2;",
            "3:11: several statements",
            "; alone",
        ),
        ("COMMIT AND CHAIN;", "3:3: AND CHAIN", "BEGIN"),
        (
            "PREPARE TRANSACTION 'x';",
            "3:3: a transaction in two phases",
            "COMMIT",
        ),
        ("SELECT $1;", "3:10: the parameter $1", ":name"),
        (
            "SELECT :'units';",
            "3:10: a variable in quotes",
            ":name without quotes",
        ),
        (
            "SELECT a[1:n];",
            "3:13: the variable :n directly behind",
            "[1: :n]",
        ),
        (
            "SELECT ':units';",
            "3:11: the variable :units within a literal",
            "concat",
        ),
        (
            "SELECT $a$ :units$a$;",
            "3:14: the variable :units within a dollar quote",
            "concat",
        ),
        (
            "SELECT \"a:units\";",
            "3:12: the variable :units within a quoted name",
            "concat",
        ),
    ] {
        says(&in_transaction(command), start, right);
    }
    parsed(&in_transaction("COPY t FROM '/file';"));
}

#[test]
fn words_behind_commands() {
    let in_transaction = |command: &str| format!("BEGIN;\nSELECT 1 AS a;\n{command}\nCOMMIT;");
    for (command, start, right) in [
        ("\\set", "3:5: \\set without a name", "NAME"),
        ("\\set 1x 2", "3:6: 1x as the name", "letters"),
        ("\\set :x 2", "3:6: :x as the name", "without a colon"),
        ("\\set x", "3:7: the end of an expression", "a value"),
        ("\\set x 1 +", "3:11: the end of an expression", "a value"),
        ("\\set x 1 2", "3:10: 2 in an expression", "an operator"),
        ("\\set x (1", "3:10: the end of an expression", ")"),
        (
            "\\set x 'a'",
            "3:8: a literal that is not compared",
            "= or <>",
        ),
        (
            "\\set x 'a' < 'b'",
            "3:12: a literal that is not compared",
            "= or <>",
        ),
        (
            "\\set x 'a",
            "3:8: a literal that does not end",
            "same line",
        ),
        ("\\set x units", "3:8: the word units", ":units"),
        (
            "\\set x randon(1, 2)",
            "3:8: the word randon",
            "did you mean random()?",
        ),
        (
            "\\set x abs(1, 2)",
            "3:8: abs() with 2 arguments",
            "it has 1",
        ),
        ("\\set x hash()", "3:8: hash() with 0 arguments", "1 to 2"),
        (
            "\\set x 1 < 2 < 3",
            "3:14: < in an expression",
            "parentheses",
        ),
        ("\\set x 1 is 2", "3:13: 2 in an expression", "NULL"),
        ("\\set x case 1 end", "3:13: 1 in an expression", "WHEN"),
        (
            "\\set x case when 1 end",
            "3:20: end in an expression",
            "THEN",
        ),
        (
            "\\set x 9223372036854775808",
            "3:8: 9223372036854775808",
            "a value",
        ),
        (
            "\\set x 99999999999999999999",
            "3:8: the number 9999",
            "64 bits",
        ),
        ("\\set x 1e999", "3:8: the number 1e999", "double"),
        ("\\set x 1 ? 2", "3:10: the character '?'", "operators"),
        ("\\set ROW_COUNT 1", "3:6: \\set ROW_COUNT", "another name"),
        ("\\gset a b", "3:9: b behind \\gset", "nothing more"),
        ("\\gset ;", "3:7: ; behind \\gset", "letters"),
        (
            "\\gset\n\\gset",
            "4:1: \\gset behind another one",
            "one of them",
        ),
        (
            "\\set x 1\n\\gset",
            "4:1: \\gset that follows no statement",
            "rows",
        ),
        ("\\sleep", "3:7: \\sleep without", "\\sleep 10 ms"),
        ("\\sleep 1 h", "3:10: the unit h", "us, ms or s"),
        ("\\sleep 1h", "3:9: the unit h", "us, ms or s"),
        ("\\sleep soon", "3:8: soon behind \\sleep", "whole number"),
        ("\\effect", "3:8: \\effect without a name", "NAME"),
        ("\\effect mail", "3:13: the end of an expression", "a value"),
    ] {
        says(&in_transaction(command), start, right);
    }
}

#[test]
fn parts_that_do_not_match() {
    let with = |text: &str| format!("SELECT 1;\n{text}\n\\set outcome_done 1");
    says(&with("\\if 1"), "2:1: \\if without \\endif", "\\endif");
    says(
        &with("\\endif"),
        "2:1: \\endif without \\if",
        "leave it out",
    );
    says(&with("\\else"), "2:1: \\else without \\if", "leave it out");
    says(
        &with("\\elif 1"),
        "2:1: \\elif without \\if",
        "leave it out",
    );
    says(
        &with("\\if 1\n\\else\n\\else\n\\endif"),
        "4:1: \\else behind \\else",
        "last part",
    );
    says(
        &with("\\if 1\n\\else\n\\elif 1\n\\endif"),
        "4:1: \\elif behind \\else",
        "last part",
    );
    says(
        &with("\\if 1\n\\endif 2"),
        "3:8: 2 behind \\endif",
        "nothing more",
    );
    // A part that is refused does not make the others wrong.
    says(
        &with("\\if (\n\\elif 1\n\\else\n\\endif"),
        "2:6: the end",
        "a value",
    );
    says(
        &with("\\if 1\n\\elif (\n\\else\n\\endif"),
        "3:8: the end",
        "a value",
    );
}

#[test]
fn what_does_not_end() {
    for (text, start) in [
        ("SELECT 'a;\n", "1:8: a literal"),
        ("SELECT E'a\\';\n", "1:8: a literal"),
        ("SELECT \"a;\n", "1:8: a quoted name"),
        ("SELECT 1; /* /* */", "1:11: a comment"),
        ("SELECT $a$ $b$;", "1:8: a dollar quote"),
        ("SELECT 1;\0", "1:10: a character NUL"),
    ] {
        says(text, start, "");
    }
}

#[test]
fn files_that_touch_nothing() {
    for text in ["", "-- a comment", "/* */ ; ;", "\n\n"] {
        says(text, "1:1: an empty file", "statements");
    }
    says(
        "\n\\set outcome_done 1",
        "2:1: a file that touches nothing",
        "statements",
    );
    says(
        "BEGIN;\nCOMMIT;",
        "1:1: a file that touches nothing",
        "statements",
    );
}

#[test]
fn variables_that_some_way_does_not_set() {
    let nearest = "BEGIN;\nSELECT stock FROM p \\gset\n\\set left :stok - 1\nCOMMIT;";
    says(
        nearest,
        "3:11: the variable :stok, which is not set",
        "did you mean :stock?",
    );
    let bound = "BEGIN;\nSELECT :unit;\nCOMMIT;";
    says(
        bound,
        "2:8: the variable :unit, which is not set",
        "did you mean :units?",
    );
    let branch = "BEGIN;\n\\if :n = 1\n\\set x 1\n\\endif\nSELECT :x;\nCOMMIT;";
    says(
        branch,
        "5:8: the variable :x, which is not set where the condition of line 2 is false",
        "on every way",
    );
    let changed = "BEGIN;\n\\if :n = 1\n\\set x 1\n\\endif\n\\set n 1\n\\if :n = 1\nSELECT :x;\n\\endif\nCOMMIT;";
    says(changed, "7:8: the variable :x", "on every way");
    let drawn = changed.replace("\\set n 1", "\\set n random(0, 1)");
    says(&drawn, "7:8: the variable :x", "on every way");
    let drawn = "BEGIN;\n\\if random(0, 1)\n\\set x 1\n\\endif\n\\if random(0, 1)\nSELECT :x;\n\\endif\nCOMMIT;";
    says(drawn, "6:8: the variable :x", "on every way");
    says(
        "BEGIN;\n\\sleep :long\nSELECT 1;\nCOMMIT;",
        "2:8: the variable :long",
        "bind it",
    );
    says(
        "\\if :ERROR\n\\endif\nBEGIN;SELECT 1;COMMIT;",
        "1:5: the variable :ERROR",
        "",
    );
    // A statement that failed has set nothing.
    let failed = "BEGIN;\nSELECT 1 AS a \\gset\n\\if :ERROR\n\\set b :a\n\\endif\nROLLBACK;";
    says(failed, "4:8: the variable :a", "on every way");
    // The prefix is a part of the name.
    let prefix = "BEGIN;\nSELECT 1 AS a \\gset p_\nSELECT :a;\nCOMMIT;";
    says(prefix, "3:8: the variable :a", "");
    let open = "BEGIN;\nSELECT * FROM t \\gset p_\nSELECT :p_a;\nSELECT :a;\nCOMMIT;";
    says(open, "4:8: the variable :a", "");
}

#[test]
fn what_comes_from_another_language() {
    for (command, start, right) in [
        (
            "\\set x 1 -- one",
            "3:15: the word one",
            "a line of its own",
        ),
        (
            "\\if :n > 0 -- sold\n\\endif",
            "3:17: the word sold",
            "a line of its own",
        ),
        ("\\set x 1 - one", "3:14: the word one", ":one"),
        (
            "\\set x now()",
            "3:10: the word now",
            "a SELECT with \\gset reads",
        ),
        (
            "\\set x current_stock()",
            "3:10: the word current_stock",
            "a SELECT with \\gset reads",
        ),
        (
            "SELECT :{?n};",
            "3:10: a test whether a variable is set",
            "is refused",
        ),
        (
            "UPDATE t SET a = (1;",
            "3:20: a parenthesis that does not end",
            "write )",
        ),
        (
            "SELECT (1 \\gset",
            "3:10: a parenthesis that does not end",
            "write )",
        ),
        (
            "SELECT ((1) + 1;",
            "3:10: a parenthesis that does not end",
            "write )",
        ),
        ("SELECT 1);", "3:11: a parenthesis without its (", "write ("),
    ] {
        let text = format!("BEGIN;\nSELECT 1;\n  {command}\nCOMMIT;");
        let said = refused(&text).0[0].to_string();
        assert!(
            said.starts_with(&format!("t.sql:{start}")),
            "{command}: {said}"
        );
        assert!(said.contains(right), "{command}: {said}");
    }
    // Two signs are no comment, and parentheses in texts are none.
    parsed("\\set x 1 --1\nBEGIN;SELECT :x, '(', $$($$, \"(\" /* ( */;COMMIT;");
    parsed("BEGIN;CREATE RULE r AS ON DELETE TO t DO ALSO (SELECT 1; SELECT 2);COMMIT;");
}

#[test]
fn ways_that_say_no_outcome() {
    says(
        "SELECT 1;",
        "1:1: no outcome is said at the end",
        "\\set outcome_done 1",
    );
    let branch = "UPDATE t SET a = 1;\n\\if :ROW_COUNT = 1\n\\set outcome_done 1\n\\endif";
    says(
        branch,
        "2:1: no outcome is said at the end where the condition of line 2 is false",
        "",
    );
    says("SELECT 1;\n\\set outcome_done 0", "2:1: no outcome", "");
    let unknown = "\\set outcome_done 0\nSELECT * FROM t \\gset\n";
    says(unknown, "2:1: no outcome", "");
    // What is said of an error is said of no success.
    let error = "INSERT INTO t VALUES (1);\n\\set outcome_refused :ERROR";
    says(error, "2:1: no outcome", "");
    parsed("INSERT INTO t VALUES (1);\n\\set outcome_done not :ERROR");
    let late = "INSERT INTO t VALUES (1);\n\\set e :ERROR\nSELECT 1;\n\\set outcome_done not :e";
    says(late, "4:1: no outcome", "");
    let both = "SELECT 1;\n\\set outcome_done 1\n\\set outcome_refused 1";
    says(both, "3:1: several outcomes", "set one of");
    parsed("SELECT 1;\n\\set outcome_done 1\n\\set outcome_done 0\n\\set outcome_refused 1");
}

#[test]
fn transactions_that_do_not_match() {
    let open = "SELECT 1;\nBEGIN;\n\\if :n\nCOMMIT;\n\\endif";
    says(
        open,
        "2:1: a transaction that is open at the end where the condition of line 3 is false",
        "",
    );
    says(
        "BEGIN;\nSELECT 1;\nBEGIN;\nCOMMIT;",
        "3:1: a BEGIN inside",
        "line 1",
    );
    says(
        "SELECT 1;\nCOMMIT;",
        "2:1: the end of a transaction outside",
        "BEGIN",
    );
    says(
        "SELECT 1;\nROLLBACK;",
        "2:1: the end of a transaction outside",
        "BEGIN",
    );
    says(
        "SELECT 1;\nSAVEPOINT a;\n\\set outcome_done 1",
        "2:1: a savepoint outside",
        "BEGIN",
    );
    let twice = "BEGIN;\nSELECT 1;\n\\if :n\nROLLBACK;\n\\endif\nCOMMIT;";
    says(
        twice,
        "6:1: the end of a transaction outside of one where the condition of line 3 is true",
        "",
    );
    // An error that is read leaves the transaction open.
    let failed = "BEGIN;\nINSERT INTO t VALUES (1);\n\\if :ERROR\n\\set outcome_again 1\n\\else\nCOMMIT;\n\\endif";
    says(failed, "1:1: a transaction that is open at the end", "");
}

#[test]
fn everything_is_said_at_once() {
    let refusals = refused("\\shel\nSELECT :'x';\n\\set 1 2\n\\if\n");
    let lines: Vec<u32> = refusals.0.iter().map(|r| r.place.line).collect();
    assert_eq!(lines, [1, 2, 3, 4, 4], "{refusals}");
    assert_eq!(refusals.to_string().lines().count(), 5);
}
