//! Shops as many write them, each with a framework and a driver, explored in every form:
//! `tests/services` has them, and `scenarios/ORMS.md` what they send.

use std::path::{Path, PathBuf};

use checkout_sim::explore::found::Found;
use checkout_sim::oracle::Verdict;

use crate::explored_service::{drawn, explore};
use crate::fixture::Files;

use Ends::{Safe, SellsTwice};

/// Products with one unit each, and no order.
const TABLES: &str = "
CREATE TABLE products (id int PRIMARY KEY, stock int NOT NULL, version int NOT NULL DEFAULT 1);
CREATE TABLE orders (id serial PRIMARY KEY, product int NOT NULL REFERENCES products);
INSERT INTO products VALUES (1, 1), (2, 1);
";

/// A shop in a language of its own.
const SHOP: &str = r#"
title = "A shop"
strategies = ["service:naive", "service:locked"]

[tables]
setup = ["shop.sql"]

[service]
command = 'exec @COMMAND@ "$FORM"'
env = { FORM = "${variant}", PYTHONDONTWRITEBYTECODE = "1" }
background = [@BACKGROUND@]

[[service.steps]]
request = "POST /checkout"
take = { order = "order" }
refused = [409]

[invariants]
oversold = "SELECT product FROM orders GROUP BY product HAVING count(*) > 1"
"#;

/// Knex opens two connections at first, and asks on each.
const KNEX_ASKS: &str = r#""select version();""#;

/// No bound that any form here comes to.
const WHOLE: &str = "--schedules 20000";
/// Where there are too many schedules.
const FEW: &str = "--max-switches 2";

/// What comes of a form: how many schedules there are, and whether one sells twice.
type Expected = (&'static str, u64, Ends);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    SellsTwice,
    Safe,
}

/// The program of a language, in its forms; `None` where that is not installed.
pub fn shop(program: &str, script: &str) -> Option<Files> {
    let background = match script {
        "knex_shop.mjs" => KNEX_ASKS,
        _ => "",
    };
    shop_beside(program, script, background)
}

/// The same; these beginnings of statements, as TOML has them, are of no request.
pub fn shop_beside(program: &str, script: &str, background: &str) -> Option<Files> {
    let home = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let (program, needs) = runs(&home, program);
    if !needs.exists() {
        assert!(
            std::env::var_os("SIM_REQUIRE_DRIVERS").is_none(),
            "{script} needs .ci/drivers deep"
        );
        eprintln!("did not run: {script} needs .ci/drivers deep");
        return None;
    }
    let script = home.join("tests/services").join(script);
    let command = format!("{program} {}", script.display());
    let file = SHOP
        .replace("@COMMAND@", &command)
        .replace("@BACKGROUND@", background);
    Some(Files::new(&[
        ("shop.toml", file.as_str()),
        ("shop.sql", TABLES),
    ]))
}

/// Where Python and a driver are, unless they are not installed; in the gate they must be.
pub fn python() -> Option<PathBuf> {
    let home = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let python = home.join("target/drivers/venv/bin/python");
    let is_there = home.join("target/drivers/venv/bin/flask").exists();
    if !is_there {
        assert!(
            std::env::var_os("SIM_REQUIRE_DRIVERS").is_none(),
            "no Flask: run .ci/drivers"
        );
        eprintln!("skipped: no Flask; .ci/drivers installs it");
    }
    is_there.then_some(python)
}

/// How a program is called, and the file that says whether all of it is installed.
fn runs(home: &Path, program: &str) -> (String, PathBuf) {
    match program {
        "node" => (program.into(), home.join("tests/drivers/node_modules")),
        "java" => {
            let jars = home.join("target/drivers/jdbc/usr/share/java");
            let names = ["postgresql", "stringprep", "scram-client", "scram-common"];
            let jar = |name: &str| jars.join(name).with_extension("jar").display().to_string();
            let path = names.map(jar).join(":");
            (format!("{program} -cp {path}"), jars.join("postgresql.jar"))
        }
        other => {
            let path = home.join("target/drivers/venv/bin").join(other);
            (path.display().to_string(), path)
        }
    }
}

/// Each form, in every schedule that the flags allow, ends as expected.
fn is_told_apart(program: &str, script: &str, flags: &str, forms: &[Expected]) {
    let Some(files) = shop(program, script) else {
        return;
    };
    let path = files.path("shop.toml").display().to_string();
    let is_whole = !flags.contains("--max-switches");
    for (form, schedules, ends) in forms {
        let args = format!("--strategy service:{form} {flags}");
        let done = explore(&path, &args).json().run();
        let exploration = done.exploration();
        let found = &exploration.cells[0].found;
        assert_eq!(found.fault, None, "{script} {form}");
        assert_eq!(found.covered.exhausted, is_whole, "{script} {form}");
        assert_eq!(found.covered.schedules, *schedules, "{script} {form}");
        match ends {
            Safe => assert_eq!(found.judgement.verdict, Verdict::Safe, "{script} {form}"),
            SellsTwice => {
                done.exits(10);
                sells_twice(found, &format!("{script} {form}"));
            }
        }
    }
}

fn sells_twice(found: &Found, what: &str) {
    assert!(found.proving(Verdict::Violates) > 0, "{what}");
    assert!(found.proving(Verdict::NotSerializable) > 0, "{what}");
    let times = found.reproduced.expect("run again").times;
    assert_eq!(times, 10, "{what}");
}

/// Two explorations of one program come to the same.
fn is_the_same_again(program: &str, script: &str) {
    let Some(files) = shop(program, script) else {
        return;
    };
    let path = files.path("shop.toml").display().to_string();
    let args = "--strategy service:naive,service:locked --max-switches 2";
    let [one, other] = [0, 1].map(|_| explore(&path, args).json().run().exploration());
    for (one, other) in one.cells.iter().zip(&other.cells) {
        assert_eq!(drawn(&one.found), drawn(&other.found), "{}", one.cell);
    }
}

#[test]
#[ignore = "slow: .ci/deep"]
fn deep_of_flask_with_psycopg() {
    let of = |flags, forms: &[Expected]| is_told_apart("python", "flask_shop.py", flags, forms);
    of("", &[("naive", 350, SellsTwice), ("locked", 148, Safe)]);
    // Its statements are prepared.
    of("", &[("prepared", 350, SellsTwice)]);
    of(FEW, &[("autocommit", 68, SellsTwice)]);
    is_the_same_again("python", "flask_shop.py");
}

#[test]
#[ignore = "slow: .ci/deep"]
fn deep_of_flask_with_sqlalchemy() {
    let script = "sqlalchemy_shop.py";
    let of = |flags, forms: &[Expected]| is_told_apart("python", script, flags, forms);
    of("", &[("naive", 672, SellsTwice), ("locked", 148, Safe)]);
    of("", &[("version", 672, Safe), ("pool-of-one", 12, Safe)]);
    // It reads its order again after COMMIT, in a transaction of its own.
    of(FEW, &[("expired", 114, SellsTwice)]);
    is_the_same_again("python", script);
}

/// Its pool resets a connection with a statement of its own, which is one more step.
#[test]
#[ignore = "slow: .ci/deep"]
fn deep_of_fastapi_with_asyncpg() {
    let of = |flags, forms: &[Expected]| is_told_apart("python", "fastapi_shop.py", flags, forms);
    of(
        WHOLE,
        &[("naive", 1_528, SellsTwice), ("locked", 516, Safe)],
    );
    is_the_same_again("python", "fastapi_shop.py");
}

#[test]
#[ignore = "slow: .ci/deep"]
fn deep_of_django() {
    let of = |flags, forms: &[Expected]| is_told_apart("python", "django_shop.py", flags, forms);
    of("", &[("naive", 350, SellsTwice), ("locked", 148, Safe)]);
    of("", &[("guarded", 92, Safe)]);
    // A transaction that Django opens around the view.
    of(
        "",
        &[
            ("requests", 350, SellsTwice),
            ("requests-locked", 148, Safe),
        ],
    );
    of("", &[("bound", 350, SellsTwice)]);
    of(
        FEW,
        &[("autocommit", 68, SellsTwice), ("zone", 106, SellsTwice)],
    );
}

#[test]
#[ignore = "slow: .ci/deep"]
fn deep_of_node_with_pg() {
    let of = |flags, forms: &[Expected]| is_told_apart("node", "pg_shop.mjs", flags, forms);
    of("", &[("naive", 350, SellsTwice), ("locked", 148, Safe)]);
    of("", &[("named", 350, SellsTwice), ("pool-of-one", 12, Safe)]);
    is_the_same_again("node", "pg_shop.mjs");
}

#[test]
#[ignore = "slow: .ci/deep"]
fn deep_of_knex() {
    let forms = [
        ("naive", 350, SellsTwice),
        ("locked", 148, Safe),
        ("guarded", 92, Safe),
    ];
    is_told_apart("node", "knex_shop.mjs", "", &forms);
}

#[test]
#[ignore = "slow: .ci/deep"]
fn deep_of_drizzle() {
    let forms = [
        ("naive", 350, SellsTwice),
        ("locked", 148, Safe),
        ("guarded", 92, Safe),
    ];
    is_told_apart("node", "drizzle_shop.mjs", "", &forms);
}

#[test]
#[ignore = "slow: .ci/deep"]
fn deep_of_sequelize() {
    let of = |forms: &[Expected]| is_told_apart("node", "sequelize_shop.mjs", "", forms);
    of(&[("naive", 350, SellsTwice), ("locked", 148, Safe)]);
    of(&[("guarded", 92, Safe), ("version", 350, Safe)]);
}

/// What it saves it reads again before; and the version that it counts on guards nothing.
#[test]
#[ignore = "slow: .ci/deep"]
fn deep_of_typeorm() {
    let of = |flags, forms: &[Expected]| is_told_apart("node", "typeorm_shop.mjs", flags, forms);
    of("", &[("locked", 220, Safe), ("guarded", 92, Safe)]);
    of(
        FEW,
        &[("naive", 78, SellsTwice), ("version", 78, SellsTwice)],
    );
}

/// Where there are more schedules than are run, the counterexample is run again all the same.
#[test]
#[ignore = "slow: .ci/deep"]
fn deep_a_search_that_is_ended_runs_its_counterexample_again() {
    let Some(files) = shop("node", "typeorm_shop.mjs") else {
        return;
    };
    let path = files.path("shop.toml").display().to_string();
    let done = explore(&path, "--strategy service:naive").json().run();
    let exploration = done.exploration();
    let found = &exploration.cells[0].found;
    assert!(found.covered.cut_short && !found.covered.exhausted);
    assert_eq!(found.covered.schedules, 1_110);
    sells_twice(found, "typeorm_shop.mjs naive");
}

/// Its lock is a statement of the shop's, beside its read.
#[test]
#[ignore = "slow: .ci/deep"]
fn deep_of_prisma() {
    let forms = [
        ("naive", 350, SellsTwice),
        ("locked", 220, Safe),
        ("guarded", 92, Safe),
    ];
    is_told_apart("node", "prisma_shop.mjs", "", &forms);
}

#[test]
#[ignore = "slow: .ci/deep"]
fn deep_of_jdbc() {
    let of = |flags, forms: &[Expected]| is_told_apart("java", "JdbcShop.java", flags, forms);
    of("", &[("naive", 350, SellsTwice), ("locked", 148, Safe)]);
    of("", &[("guarded", 92, Safe)]);
    // A new connection for each request, which the driver greets with two statements.
    of(FEW, &[("connects", 174, SellsTwice)]);
}

/// A check and an insert in one statement, with no transaction around it and no unique key.
#[test]
#[ignore = "slow: .ci/deep"]
fn deep_one_statement_that_looks_and_inserts_is_found() {
    let Some(files) = shop("python", "flask_shop.py") else {
        return;
    };
    let path = files.path("shop.toml").display().to_string();
    let done = explore(&path, "--strategy service:once").json().run();
    done.exits(10).says("VIOLATES  service:once");
    let found = &done.exploration().cells[0].found;
    assert!(found.covered.exhausted);
    assert!(found.proving(Verdict::NotSerializable) > 0);
}

/// Two statements of one request at once have no order that the request chose.
#[test]
#[ignore = "slow: .ci/deep"]
fn deep_statements_side_by_side_are_refused_by_name() {
    for (program, script) in [("python", "fastapi_shop.py"), ("node", "pg_shop.mjs")] {
        let Some(files) = shop(program, script) else {
            continue;
        };
        let path = files.path("shop.toml").display().to_string();
        let done = explore(&path, "--strategy service:side-by-side").run();
        assert!(done.all().contains("side by side"), "{}", done.all());
        assert!(!done.all().contains("SAFE"), "{}", done.all());
    }
}

/// What a pool asks on a connection that no request waits for is no statement of a request; it
/// is told which statement that was, and how to name it.
#[test]
#[ignore = "slow: .ci/deep"]
fn deep_a_pool_that_greets_several_connections_is_refused_by_its_statement() {
    let Some(files) = shop_beside("node", "knex_shop.mjs", "") else {
        return;
    };
    let path = files.path("shop.toml").display().to_string();
    let done = explore(&path, "--strategy service:locked").run();
    done.exits(11).says("UNSUPPORTED");
    done.says_in_words("sends select version();");
    done.says_in_words("background = [\"select version()\"]");
}
