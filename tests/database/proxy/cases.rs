//! What clients send, and the steps that it makes.

use checkout_sim::database::wire::Outbox;
use checkout_sim::explore::worlds::proxy::StepKind;

use super::talk::{frame, query};
use StepKind::{Commit, Execute, Prepare, Whole};

/// Bytes, and the kinds of messages up to which the client then reads.
pub type Turn = (Vec<u8>, &'static [u8]);

pub struct Case {
    pub name: &'static str,
    pub turns: Vec<Turn>,
    pub steps: Vec<StepKind>,
}

/// The rows that each case finds.
pub const RESET: &str = "
TRUNCATE relayed, deferring, noisy;
INSERT INTO relayed VALUES (1, 10), (2, 20), (3, 30);
INSERT INTO deferring VALUES (1);
";

pub const SETUP: &str = "
CREATE TABLE IF NOT EXISTS relayed (id int PRIMARY KEY, v int CHECK (v >= 0));
CREATE TABLE IF NOT EXISTS deferring (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE IF NOT EXISTS noisy (id int);
CREATE OR REPLACE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN RAISE NOTICE ''at the commit''; RETURN NULL; END';
CREATE OR REPLACE PROCEDURE commits() LANGUAGE plpgsql AS
  'BEGIN INSERT INTO noisy VALUES (1); COMMIT; INSERT INTO noisy VALUES (2); END';
DROP TRIGGER IF EXISTS shouts ON noisy;
CREATE CONSTRAINT TRIGGER shouts AFTER UPDATE ON noisy DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION shout();
";

fn sent(build: impl FnOnce(&mut Outbox)) -> Vec<u8> {
    let mut outbox = Outbox::default();
    build(&mut outbox);
    outbox.bytes().to_vec()
}

/// A statement without a name, from Parse to Execute.
fn run(out: &mut Outbox, sql: &str, values: &[Option<&str>]) {
    out.parse("", sql, &[]);
    out.bind("", values);
    out.describe_portal();
    out.execute();
}

fn simple(name: &'static str, sql: &[&str], steps: &[StepKind]) -> Case {
    Case {
        name,
        turns: sql.iter().map(|sql| (query(sql), &b"Z"[..])).collect(),
        steps: steps.to_vec(),
    }
}

fn case(name: &'static str, steps: &[StepKind], turns: Vec<Turn>) -> Case {
    Case {
        name,
        turns,
        steps: steps.to_vec(),
    }
}

fn extended(name: &'static str, sql: &[&str], steps: &[StepKind]) -> Case {
    let turn = |sql: &&str| {
        let bytes = sent(|out| {
            run(out, sql, &[]);
            out.sync();
        });
        (bytes, &b"Z"[..])
    };
    case(name, steps, sql.iter().map(turn).collect())
}

fn pipeline(name: &'static str, sql: &[&str], steps: &[StepKind]) -> Case {
    let bytes = sent(|out| {
        sql.iter().for_each(|sql| run(out, sql, &[]));
        out.sync();
    });
    case(name, steps, vec![(bytes, b"Z")])
}

const TAKE: &str = "UPDATE relayed SET v = v - 1 WHERE id = 1";
const TAKE_2: &str = "UPDATE relayed SET v = v - 1 WHERE id = 2";
const RETURN: &str = "UPDATE relayed SET v = v - 1 WHERE id = 1 RETURNING v, id";
const BROKEN: &str = "UPDATE relayed SET v = -1 WHERE id = 2";
const TWICE: &str = "INSERT INTO deferring VALUES (1) RETURNING id";

pub fn all() -> Vec<Case> {
    let parts = [
        simples(),
        blocks(),
        prepared(),
        pipelines(),
        copies(),
        asides(),
    ];
    parts.into_iter().flatten().collect()
}

fn simples() -> Vec<Case> {
    let both = &[Execute, Commit];
    vec![
        simple("select", &["SELECT * FROM relayed ORDER BY id"], both),
        simple(
            "update",
            &[TAKE, RETURN],
            &[Execute, Commit, Execute, Commit],
        ),
        simple(
            "insert nothing",
            &["INSERT INTO relayed SELECT 9, 9 WHERE false"],
            both,
        ),
        simple(
            "several statements",
            &["SELECT 1; SELECT 2", "SELECT 3;"],
            &[Execute, Execute, Commit],
        ),
        simple(
            "several statements, the last fails",
            &[&format!("{TAKE}; {BROKEN}"), TAKE],
            &[Execute, Execute, Commit],
        ),
        simple(
            "several statements with a transaction",
            &[&format!("BEGIN; {TAKE}"), TAKE_2, "COMMIT"],
            &[Execute, Whole, Whole],
        ),
        simple("nothing", &["", ";", " -- x"], &[Execute, Execute, Execute]),
        simple("syntax error", &["SELEC 1"], &[Execute]),
        simple("no such table", &["SELECT * FROM no_such"], &[Execute]),
        simple("a bare parameter", &["SELECT $1"], &[Execute]),
        simple("a constraint", &[BROKEN], &[Execute]),
        simple(
            "a deferred constraint",
            &[TWICE, TAKE],
            &[Execute, Commit, Execute, Commit],
        ),
        simple(
            "utility",
            &[
                "VACUUM relayed",
                "SHOW work_mem",
                "EXPLAIN (COSTS OFF) SELECT 1",
            ],
            &[Execute, Commit, Execute, Commit, Execute, Commit],
        ),
        simple("call", &["CALL commits()"], both),
        simple(
            "create and drop",
            &["CREATE TABLE made (id int)", "DROP TABLE made"],
            &[Execute, Commit, Execute, Commit],
        ),
        simple(
            "set",
            &["SET application_name = 'x'", "RESET application_name"],
            &[Execute, Commit, Execute, Commit],
        ),
        simple(
            "division",
            &["SELECT 1 / (id - 2) FROM relayed ORDER BY id"],
            &[Execute],
        ),
        case(
            "two at once",
            &[Execute, Commit, Execute, Commit],
            vec![([query(TAKE), query(RETURN)].concat(), b"ZZ")],
        ),
        simple(
            "large rows",
            &["SELECT repeat('x', 1000000 * id) FROM relayed ORDER BY id"],
            both,
        ),
        simple(
            "a large statement",
            &[&format!("SELECT length('{}')", "x".repeat(900_000))],
            both,
        ),
    ]
}

fn blocks() -> Vec<Case> {
    vec![
        simple(
            "block",
            &["BEGIN", TAKE, RETURN, "COMMIT"],
            &[Execute, Whole, Whole, Whole],
        ),
        simple(
            "rollback",
            &["BEGIN ISOLATION LEVEL SERIALIZABLE", TAKE, "ROLLBACK"],
            &[Execute, Whole, Whole],
        ),
        simple(
            "savepoints",
            &[
                "BEGIN",
                "SAVEPOINT a",
                BROKEN,
                TAKE,
                "ROLLBACK TO a",
                TAKE,
                "COMMIT",
            ],
            &[Execute, Whole, Whole, Whole, Whole, Whole, Whole],
        ),
        simple(
            "a failed block",
            &["BEGIN", BROKEN, "COMMIT", TAKE],
            &[Execute, Whole, Whole, Execute, Commit],
        ),
        simple(
            "a cursor",
            &[
                "BEGIN",
                "DECLARE c CURSOR FOR SELECT * FROM relayed ORDER BY id",
                "FETCH 2 FROM c",
                "COMMIT AND CHAIN",
                TAKE,
                "ROLLBACK",
            ],
            &[Execute, Whole, Whole, Whole, Whole, Whole],
        ),
        extended(
            "extended block",
            &[
                "BEGIN",
                RETURN,
                "SAVEPOINT a",
                BROKEN,
                "ROLLBACK TO a",
                TAKE,
                "COMMIT",
            ],
            &[Execute; 7],
        ),
        simple(
            "a deferred constraint in a block",
            &["BEGIN", TWICE, "COMMIT"],
            &[Execute, Whole, Whole],
        ),
        case(
            "the end in the middle",
            &[Execute, Whole, StepKind::End],
            vec![
                (query("BEGIN"), b"Z"),
                (query(TAKE), b"Z"),
                (sent(Outbox::terminate), b""),
            ],
        ),
    ]
}

fn prepared() -> Vec<Case> {
    let again = |out: &mut Outbox, id: &str| {
        out.bind("named", &[Some(id)]);
        out.execute();
        out.sync();
    };
    let named = sent(|out| {
        out.parse(
            "named",
            "UPDATE relayed SET v = v - 1 WHERE id = $1 RETURNING v",
            &[23],
        );
        out.describe_statement("named");
        out.sync();
    });
    let flushed = sent(|out| {
        out.parse(
            "named",
            "UPDATE relayed SET v = v - 1 WHERE id = $1 RETURNING v",
            &[],
        );
        out.describe_statement("named");
        out.flush();
    });
    let unflushed = |out: &mut Outbox| {
        run(out, RETURN, &[]);
        out.describe_statement("");
        out.sync();
    };
    let limited = |sql: &str, rows: u8| {
        let mut bytes = sent(|out| {
            out.parse("", sql, &[]);
            out.bind("", &[]);
        });
        bytes.extend(frame(b'E', &[0, 0, 0, 0, rows]));
        bytes.extend(sent(Outbox::sync));
        bytes
    };
    vec![
        extended(
            "extended",
            &[TAKE, RETURN, "SELECT * FROM relayed ORDER BY id"],
            &[Execute, Commit, Execute, Commit, Execute, Commit],
        ),
        extended(
            "extended errors",
            &["SELEC 1", BROKEN, "SELECT * FROM no_such", ""],
            &[Execute; 4],
        ),
        extended("extended deferred", &[TWICE], &[Execute, Commit]),
        extended(
            "extended utility",
            &["VACUUM relayed", "CALL commits()", "SET work_mem = '5MB'"],
            &[Execute, Commit, Execute, Commit, Execute, Commit],
        ),
        case(
            "named",
            &[Prepare, Execute, Commit, Execute, Commit],
            vec![
                (named.clone(), b"Z"),
                (sent(|out| again(out, "1")), b"Z"),
                (sent(|out| again(out, "2")), b"Z"),
            ],
        ),
        case(
            "prepared and flushed",
            &[Prepare, Execute, Commit],
            vec![(flushed.clone(), b"T"), (sent(|out| again(out, "1")), b"Z")],
        ),
        case(
            "prepared, flushed and wrong",
            &[Prepare],
            vec![
                (
                    sent(|out| {
                        out.parse("", "SELEC", &[]);
                        out.flush();
                    }),
                    b"E",
                ),
                (sent(Outbox::sync), b"Z"),
            ],
        ),
        case(
            "a wrong value",
            &[Prepare, Execute],
            vec![(named, b"Z"), (sent(|out| again(out, "one")), b"Z")],
        ),
        case(
            "a Describe behind",
            &[Execute, Commit],
            vec![(sent(unflushed), b"Z")],
        ),
        case(
            "closed",
            &[Prepare],
            vec![
                (flushed, b"T"),
                (
                    sent(|out| {
                        out.close_statement("named");
                        out.sync();
                    }),
                    b"Z",
                ),
                (sent(Outbox::sync), b"Z"),
            ],
        ),
        case(
            "executed and flushed",
            &[Execute, Execute, Commit],
            vec![
                (
                    sent(|out| {
                        run(out, RETURN, &[]);
                        out.flush();
                    }),
                    b"C",
                ),
                (
                    sent(|out| {
                        run(out, TAKE_2, &[]);
                        out.sync();
                    }),
                    b"Z",
                ),
            ],
        ),
        case(
            "some rows",
            &[Execute, Commit],
            vec![(limited("SELECT * FROM relayed ORDER BY id", 2), b"Z")],
        ),
        case(
            "some rows in a block",
            &[Execute, Execute, Execute, Whole],
            vec![
                (query("BEGIN"), b"Z"),
                (limited("SELECT * FROM relayed ORDER BY id", 2), b"Z"),
                (limited("SELECT 1", 0), b"Z"),
                (query("COMMIT"), b"Z"),
            ],
        ),
    ]
}

fn pipelines() -> Vec<Case> {
    let two_batches = sent(|out| {
        run(out, BROKEN, &[]);
        run(out, TAKE, &[]);
        out.sync();
        run(out, RETURN, &[]);
        out.sync();
    });
    vec![
        pipeline(
            "pipeline",
            &[TAKE, RETURN, "SELECT 1"],
            &[Execute, Execute, Execute, Commit],
        ),
        pipeline(
            "pipeline with an error",
            &[TAKE, BROKEN, RETURN],
            &[Execute, Execute],
        ),
        pipeline(
            "pipeline that cannot be parsed",
            &[TAKE, "SELEC", RETURN],
            &[Execute, Execute],
        ),
        pipeline(
            "pipeline with a block",
            &["BEGIN", TAKE, RETURN, "COMMIT"],
            &[Execute; 4],
        ),
        pipeline(
            "pipeline with savepoints",
            &["BEGIN", "SAVEPOINT a", TAKE, "ROLLBACK TO a", "COMMIT"],
            &[Execute; 5],
        ),
        pipeline(
            "pipeline that leaves a block",
            &[TAKE, "BEGIN", TAKE_2],
            &[Execute; 3],
        ),
        pipeline(
            "pipeline with a deferred constraint",
            &[TAKE, TWICE],
            &[Execute, Execute, Commit],
        ),
        case(
            "two pipelines at once",
            &[Execute, Execute, Commit],
            vec![(two_batches, b"ZZ")],
        ),
        case(
            "a query behind a pipeline",
            &[Execute, Commit, Execute, Commit],
            vec![(
                [
                    sent(|out| {
                        run(out, TAKE, &[]);
                        out.sync();
                    }),
                    query(RETURN),
                ]
                .concat(),
                b"ZZ",
            )],
        ),
    ]
}

fn copies() -> Vec<Case> {
    const IN: &str = "COPY relayed FROM STDIN";
    let data = |text: &str| frame(b'd', text.as_bytes());
    let done = || frame(b'c', b"");
    let good = || [data("7\t70\n"), data("8\t80\n"), done()].concat();
    let bad = || [data("7\tx\n"), done()].concat();
    let failed = || [data("7\t70\n"), frame(b'f', b"no\0")].concat();
    let prepared = || {
        sent(|out| {
            run(out, IN, &[]);
            out.sync();
        })
    };
    let synced = |bytes: Vec<u8>| [bytes, sent(Outbox::sync)].concat();
    let both = &[Execute, Commit];
    vec![
        case("COPY in", both, vec![(query(IN), b"G"), (good(), b"Z")]),
        case(
            "COPY in, all at once",
            both,
            vec![([query(IN), good()].concat(), b"Z")],
        ),
        case(
            "COPY in, bad",
            &[Execute, Execute, Commit],
            vec![(query(IN), b"G"), (bad(), b"Z"), (query(TAKE), b"Z")],
        ),
        case(
            "COPY in, given up",
            &[Execute, Execute, Commit],
            vec![(query(IN), b"G"), (failed(), b"Z"), (query(TAKE), b"Z")],
        ),
        case(
            "COPY in, in a block",
            &[Execute, Whole, Whole],
            vec![
                (query("BEGIN"), b"Z"),
                (query(IN), b"G"),
                (good(), b"Z"),
                (query("COMMIT"), b"Z"),
            ],
        ),
        case(
            "COPY in, extended",
            both,
            vec![(prepared(), b"G"), (synced(good()), b"Z")],
        ),
        case(
            "COPY in, extended and bad",
            &[Execute, Execute, Commit],
            vec![
                (prepared(), b"G"),
                (synced(bad()), b"Z"),
                (query(TAKE), b"Z"),
            ],
        ),
        case(
            "COPY in, extended and given up",
            &[Execute],
            vec![(prepared(), b"G"), (synced(failed()), b"Z")],
        ),
        case(
            "COPY out",
            both,
            vec![(
                query("COPY (SELECT * FROM relayed ORDER BY id) TO STDOUT"),
                b"Z",
            )],
        ),
        case(
            "COPY out of much",
            both,
            vec![(
                query("COPY (SELECT repeat('x', 1000) FROM generate_series(1, 3000)) TO STDOUT"),
                b"Z",
            )],
        ),
        extended(
            "COPY out, extended",
            &["COPY (SELECT * FROM relayed ORDER BY id) TO STDOUT"],
            both,
        ),
    ]
}

fn asides() -> Vec<Case> {
    let both = &[Execute, Commit];
    let call = {
        // int4abs(-5), text in and out.
        let mut body = 1397_u32.to_be_bytes().to_vec();
        body.extend([0, 0, 0, 1, 0, 0, 0, 2]);
        body.extend(b"-5\0\0");
        frame(b'F', &body)
    };
    vec![
        simple("notices", &["DO 'BEGIN RAISE NOTICE ''now''; END'"], both),
        simple(
            "notices at the commit",
            &[
                "INSERT INTO noisy VALUES (1)",
                "UPDATE noisy SET id = 2",
                TAKE,
            ],
            &[Execute, Commit, Execute, Commit, Execute, Commit],
        ),
        extended(
            "notices at an extended commit",
            &["INSERT INTO noisy VALUES (1)", "UPDATE noisy SET id = 2"],
            &[Execute, Commit, Execute, Commit],
        ),
        simple(
            "a name that is cut",
            &[&format!("SELECT 1 AS {}", "x".repeat(70))],
            both,
        ),
        simple(
            "a name that is cut, and a second statement",
            &[&format!("SELECT 1 AS {}; SELECT 2", "x".repeat(70))],
            &[Execute],
        ),
        simple("a warning", &["COMMIT", "ROLLBACK"], &[Execute, Execute]),
        simple(
            "notifications",
            &["LISTEN relayed_news", "SELECT 1", "UNLISTEN *"],
            &[Execute, Commit, Execute, Commit, Execute, Commit],
        ),
        case("a function by its number", &[Whole], vec![(call, b"Z")]),
        case("goodbye", &[], vec![(sent(Outbox::terminate), b"")]),
        case("an unknown message", &[], vec![(frame(b'y', b""), b"E")]),
    ]
}
