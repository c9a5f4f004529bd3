//! Right scripts: none of them is refused.

use crate::answers::{parsed, refused};
use checkout_sim::shop::Isolation;
use checkout_sim::subject::script::{Script, SqlKind};

#[test]
fn checkouts_of_every_kind_are_read() {
    let optimistic = r"
-- read, check, write if nothing has changed
BEGIN;
SELECT stock, version FROM products WHERE id = :product \gset
\sleep 10 ms
\if :stock < :units
  ROLLBACK;
\else
  UPDATE products SET stock = :stock - :units, version = version + 1
    WHERE id = :product AND version = :version;
  \if :ROW_COUNT = 0
    ROLLBACK;
    \set outcome_again 1
  \else
    INSERT INTO orders VALUES (:product, :units);
    COMMIT;
  \endif
\endif
";
    let autocommit = r"
UPDATE products SET stock = stock - :units WHERE id = :product AND stock >= :units;
\if :ROW_COUNT = 1
  INSERT INTO orders VALUES (:product, :units);
  \set outcome_done 1
\else
  \set outcome_refused 1
\endif
";
    let by_value = r"
SELECT stock FROM products WHERE id = :product \gset
\set outcome_done :stock >= :units
\set outcome_refused :stock < :units
";
    let checked = r"
BEGIN;
UPDATE products SET stock = stock - :units WHERE id = :product;
\if :SQLSTATE = '23514'
  ROLLBACK;
\elif :ERROR
  ROLLBACK;
  \set outcome_again 1
\else
  INSERT INTO orders VALUES (:product, :units);
  COMMIT;
\endif
";
    let savepoint = r"
BEGIN;
SAVEPOINT before_claim;
INSERT INTO claims VALUES (:n);
\if :ERROR
  ROLLBACK TO SAVEPOINT before_claim;
\endif
UPDATE products SET stock = 0;
COMMIT;
";
    let saga = r"
BEGIN;
INSERT INTO orders VALUES (:product, :units) RETURNING id \gset order_
COMMIT;
\effect charge :units * 100
BEGIN;
UPDATE orders SET paid = true WHERE id = :order_id;
\if :ROW_COUNT = 0
  ROLLBACK;
\else
  COMMIT;
\endif
";
    for text in [optimistic, autocommit, by_value, checked, savepoint, saga] {
        parsed(text);
    }
}

/// A condition that was true is true again: lines of a cart are read by one part and
/// written by a later one.
#[test]
fn conditions_that_are_asked_twice_are_one() {
    parsed(
        r"
BEGIN;
SELECT stock AS stock_1 FROM products WHERE id = :product \gset
\if :n >= 2
  SELECT stock AS stock_2 FROM products WHERE id = 2 \gset
\endif
\if :n >= 3
  SELECT stock AS stock_3 FROM products WHERE id = 3 \gset
\endif
UPDATE products SET stock = :stock_1 - 1 WHERE id = 1;
\if :n >= 2
  UPDATE products SET stock = :stock_2 - 1 WHERE id = 2;
\endif
\if :n >= 3
  UPDATE products SET stock = :stock_3 - 1 WHERE id = 3;
\endif
COMMIT;
",
    );
    // A flag that was set on the way.
    parsed(
        "\\set has 0\n\\if :n\nSELECT 1 AS x \\gset\n\\set has 1\n\\endif\n\
         \\if :has\nSELECT :x;\n\\endif\n\\set outcome_done 1",
    );
    // AnswerColumns that are not known leave the variables of conditions alone.
    parsed(
        "BEGIN;\n\\if :n\n\\set x 1\n\\endif\nSELECT * FROM p \\gset p_\n\
         SELECT * FROM p \\gset\n\\if :n\nSELECT :x;\n\\endif\nCOMMIT;",
    );
    // The same for a transaction.
    parsed(
        "\\if :n\nBEGIN;\n\\endif\nSELECT 1;\n\\if :n\nCOMMIT;\n\\else\n\
         \\set outcome_done 1\n\\endif",
    );
}

/// What a whole was says what its parts were, and what its parts are says what the whole is.
#[test]
fn parts_of_conditions_are_remembered() {
    let reads = |sets: &str, reads: &str| {
        format!(
            "BEGIN;SELECT 1 AS a, 2 AS b \\gset\n\\if {sets}\n\\set x 1\n\\endif\n\
             \\if {reads}\nSELECT :x;\n\\endif\nCOMMIT;"
        )
    };
    for (sets, as_well) in [
        (":a = 1 or :b = 1", ":b = 1"),
        (":a = 1 or :b = 1", ":b = 1 or :a = 1"),
        (":a = 1 or :b = 1", ":a = 1 and :n = 1"),
        ("not (:a = 1 and :b = 1)", "not :a = 1"),
        ("not :a = 1", "not :a = 1 and :b = 1"),
    ] {
        parsed(&reads(sets, as_well));
    }
    for (sets, not_as_well) in [
        (":a = 1 and :b = 1", ":a = 1"),
        (":a = 1 and :b = 1", ":a = 1 or :b = 1"),
        (":a = 1", ":a = 1 or :b = 1"),
        ("not :a = 1", ":a = 1"),
    ] {
        let refusals = refused(&reads(sets, not_as_well)).0;
        assert!(
            refusals[0].found.starts_with("the variable :x"),
            "{not_as_well}"
        );
    }
    // The check in one transaction, the write in the next.
    parsed(
        "BEGIN;SELECT 1 AS a \\gset\n\\set no :a < 1\n\\if :n >= 2 and not :no\n\\set x 1\n\\endif\n\
         \\if :no\nROLLBACK;\\else\nCOMMIT;BEGIN;\\if :n >= 2\nSELECT :x;\\endif\nCOMMIT;\\endif",
    );
    // Too many parts to tell apart are followed as one.
    let many: Vec<String> = (0..12).map(|n| format!("(:a = {n} or :b = {n})")).collect();
    parsed(&reads(&many.join(" and "), &many.join(" and ")));
}

#[test]
fn many_conditions_are_followed() {
    // 2 to the power of 30 ways.
    let mut text = String::from("BEGIN;\nSELECT 1 AS v \\gset\n");
    for nth in 0..30 {
        text.push_str(&format!(
            "\\if :n = {nth}\nSELECT {nth} AS x_{nth} \\gset\n\\endif\n"
        ));
    }
    text.push_str("SELECT :v;\nCOMMIT;\n");
    for nth in 0..30 {
        text.push_str(&format!("\\if :n = {nth}\nSELECT :x_{nth};\n\\endif\n"));
    }
    parsed(&text);
}

#[test]
fn columns_that_the_text_does_not_name_may_be_read() {
    for list in [
        "*",
        "p.*",
        "stock + 1 AS stock",
        "p.stock",
        "stock::text",
        "coalesce(stock, 0) AS stock",
        "DISTINCT stock",
        "DISTINCT ON (id) stock",
        "stock stock",
        "(SELECT a FROM b) AS stock",
        "CASE WHEN a THEN b END AS stock, other",
        "extract(epoch FROM t) AS stock",
        "a IS DISTINCT FROM b AS stock",
        "\"stock\"",
        "Stock",
    ] {
        parsed(&format!(
            "BEGIN;SELECT {list} FROM p \\gset\nSELECT :stock;COMMIT;"
        ));
    }
    for statement in [
        "INSERT INTO p VALUES (1) RETURNING stock",
        "WITH a AS (SELECT b FROM c) SELECT stock FROM a",
        "WITH a AS (DELETE FROM c RETURNING b) INSERT INTO d SELECT b FROM a RETURNING b AS stock",
        "FETCH c",
        "TABLE p",
        "SHOW stock",
        "EXECUTE p",
        "SELECT a FROM b UNION SELECT c FROM d",
        "(SELECT stock FROM a)",
    ] {
        let stock = if statement.contains("UNION") {
            "a"
        } else {
            "stock"
        };
        parsed(&format!(
            "BEGIN;{statement} \\gset\nSELECT :{stock};COMMIT;"
        ));
    }
    parsed(
        "BEGIN;SELECT count(*), nextval('s'), now() FROM p \\gset\nSELECT :count, :nextval, :now;COMMIT;",
    );
}

/// A ROLLBACK behind a COMMIT that may have failed is needless, and no harm.
#[test]
fn a_commit_that_may_fail_is_handled() {
    parsed("BEGIN;\nSELECT 1;\nCOMMIT;\n\\if :ERROR\nROLLBACK;\n\\set outcome_again 1\n\\endif");
}

/// Behind an error that was read, the next statement of the transaction fails too, and
/// ends the try: what comes then is not reached that way.
#[test]
fn a_failed_transaction_goes_no_further() {
    parsed("BEGIN;\nSELECT 1 AS a \\gset\n\\set failed :ERROR\nSELECT 2;\nSELECT :a;\nCOMMIT;");
}

#[test]
fn text_with_colons_is_text() {
    parsed(
        r#"BEGIN;
SELECT '12:30', '{"sold":true}', 'a::units', "x:y", $q$ :other $q$, now()::time, a[1:2]; -- :units
SELECT 'it''s', E'\':x', U&'\0041', 1 /* :other */;
COMMIT"#,
    );
    let script = parsed("\u{feff}SELECT 1;\r\n\\set outcome_done 1\r\n");
    assert_eq!(script.statements().count(), 1);
}

#[test]
fn statements_are_told_apart_by_their_words() {
    use SqlKind::{Begin, Commit, Other, Rollback, RollbackTo, Savepoint};
    use SqlKind::{Select, SelectLocking, Setting, Write};
    let kind = |sql: &str| {
        // In and out of a transaction, whichever may be.
        let texts = [
            format!("{sql};SELECT 1;\\set outcome_done 1"),
            format!("BEGIN;SELECT 1;{sql};ROLLBACK;"),
            format!("BEGIN;SELECT 1;{sql};"),
            format!("{sql};SELECT 1;ROLLBACK;"),
        ];
        let scripts = texts
            .iter()
            .filter_map(|text| Script::parse("", text, &[]).ok());
        let script = scripts
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("{sql}"));
        let kind = script
            .statements()
            .map(|(_, text, kind)| (text.to_string(), kind));
        kind.into_iter()
            .find(|(text, _)| text == sql)
            .expect("there")
            .1
    };
    for (sql, expected) in [
        ("BEGIN", Begin),
        ("begin isolation level serializable", Begin),
        ("START TRANSACTION READ ONLY", Begin),
        ("COMMIT WORK", Commit),
        ("END", Commit),
        ("ABORT", Rollback),
        ("ROLLBACK TRANSACTION", Rollback),
        ("ROLLBACK TO a", RollbackTo),
        ("ROLLBACK WORK TO SAVEPOINT a", RollbackTo),
        ("SAVEPOINT a", Savepoint),
        ("RELEASE a", Savepoint),
        ("SELECT 1", Select),
        ("VALUES (1)", Select),
        ("TABLE t", Select),
        ("SELECT a FROM t WHERE id = 1 FOR UPDATE", SelectLocking),
        (
            "SELECT a FROM t FOR NO KEY UPDATE SKIP LOCKED",
            SelectLocking,
        ),
        ("SELECT * FROM (SELECT 1 FROM t FOR SHARE) s", SelectLocking),
        ("SELECT t.update FROM t", Select),
        ("SELECT 1 AS delete", Select),
        ("SELECT /* FOR UPDATE */ 'FOR UPDATE'", Select),
        ("INSERT INTO t SELECT 1", Write),
        ("WITH a AS (SELECT 1) SELECT * FROM a", Select),
        ("WITH a AS (SELECT 1) UPDATE t SET a = 1", Write),
        (
            "WITH a AS MATERIALIZED (DELETE FROM t RETURNING 1) SELECT * FROM a",
            Write,
        ),
        (
            "MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE",
            Write,
        ),
        ("SELECT 1 INTO t", Other),
        ("SET LOCAL lock_timeout = 1", Setting),
        ("LOCK TABLE t", Setting),
        ("CALL p()", Other),
        ("CREATE TABLE t ()", Other),
        ("DO $$ BEGIN END $$", Other),
        ("(SELECT 1) UNION (SELECT 2)", Select),
    ] {
        assert_eq!(kind(sql), expected, "{sql}");
    }
}

#[test]
fn a_script_may_name_its_level() {
    use Isolation::{ReadCommitted, RepeatableRead, Serializable};
    let levels = |begin: &str| -> Vec<(u32, Isolation)> {
        let script = parsed(&format!(
            "{begin}\nSELECT 'isolation level serializable';COMMIT;"
        ));
        let levels = script.levels().into_iter();
        levels.map(|(place, level)| (place.line, level)).collect()
    };
    for (begin, level) in [
        ("BEGIN ISOLATION LEVEL SERIALIZABLE;", Serializable),
        (
            "begin transaction read write, isolation level repeatable  read;",
            RepeatableRead,
        ),
        (
            "START TRANSACTION ISOLATION LEVEL read /* x */ committed;",
            ReadCommitted,
        ),
        (
            "START TRANSACTION ISOLATION LEVEL READ UNCOMMITTED;",
            ReadCommitted,
        ),
        (
            "BEGIN; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;",
            Serializable,
        ),
        (
            "SET default_transaction_isolation = 'repeatable read';BEGIN;",
            RepeatableRead,
        ),
        (
            "SET LOCAL default_transaction_isolation TO serializable;BEGIN;",
            Serializable,
        ),
        (
            "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE;BEGIN;",
            Serializable,
        ),
    ] {
        assert_eq!(levels(begin), [(1, level)], "{begin}");
    }
    for none in [
        "BEGIN;",
        "BEGIN READ ONLY;",
        "SET lock_timeout = '1s';BEGIN;",
        "SHOW transaction_isolation;BEGIN;",
    ] {
        assert_eq!(levels(none), [], "{none}");
    }
    let two = "BEGIN ISOLATION LEVEL SERIALIZABLE;COMMIT;\nBEGIN ISOLATION LEVEL READ COMMITTED;";
    assert_eq!(levels(two), [(1, Serializable), (2, ReadCommitted)]);
}
