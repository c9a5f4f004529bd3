//! Scripts, explored by the program itself: on tables of the user's own, on the same with many
//! rows more, and on the shop beside the strategy that is built in.
//!
//! All take turns. Schedules a second are those of the search; its processor time is that of the
//! program and of its server, with the start of both, for each schedule.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use checkout_sim::report::Dossier;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use crate::rate::Spread;

const ROUNDS: usize = 5;
const SCHEDULES: &str = "800";
const MORE_ROWS: u32 = 10_000;

/// Five tables with 100 rows.
const TABLES: &str = "\
CREATE TABLE products (id int PRIMARY KEY, stock int NOT NULL, name text NOT NULL);
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, since timestamptz DEFAULT now());
CREATE TABLE orders (id bigserial PRIMARY KEY, key bigint UNIQUE, buyer bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT now());
CREATE TABLE lines (id bigserial PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders,
  product int NOT NULL REFERENCES products, units int NOT NULL);
CREATE TABLE audit (what text NOT NULL, at timestamptz NOT NULL DEFAULT now());
INSERT INTO products SELECT g, 2, 'product ' || g FROM generate_series(1, 20) g;
INSERT INTO customers SELECT g, 'customer ' || g FROM generate_series(1, 20) g;
INSERT INTO orders (key, buyer) SELECT -g, g FROM generate_series(1, 20) g;
INSERT INTO lines (order_id, product, units) SELECT g, g, 1 FROM generate_series(1, 20) g;
INSERT INTO audit (what) SELECT 'old ' || g FROM generate_series(1, 20) g;
";

const SIX: &str = "\
BEGIN;
SELECT stock FROM products WHERE id = 1 \\gset
UPDATE products SET stock = :stock - 1 WHERE id = 1;
INSERT INTO orders (key, buyer) VALUES (:checkout_key, :buyer);
INSERT INTO audit (what) VALUES ('order of ' || :buyer);
COMMIT;
";

const EIGHT: &str = "\
BEGIN;
SELECT stock FROM products WHERE id = 1 \\gset
SELECT name AS customer FROM customers WHERE id = :buyer \\gset
UPDATE products SET stock = :stock - 1 WHERE id = 1;
INSERT INTO orders (key, buyer) VALUES (:checkout_key, :buyer) RETURNING id AS order_id \\gset
INSERT INTO lines (order_id, product, units) VALUES (:order_id, 1, 1);
INSERT INTO audit (what) VALUES ('order of ' || :buyer);
COMMIT;
";

/// One of two is refused, so that something is undone in most schedules.
const REFUSES: &str = "\
BEGIN;
UPDATE products SET stock = stock - 2 WHERE id = 1 AND stock >= 2;
\\set is_sold :ROW_COUNT = 1
INSERT INTO audit (what) VALUES ('asked by ' || :buyer);
\\if :is_sold
INSERT INTO orders (key, buyer) VALUES (:checkout_key, :buyer);
COMMIT;
\\else
ROLLBACK;
\\endif
";

/// The options of every exploration: so many schedules, each a different one.
const OPTIONS: [&str; 8] = [
    "--reduction",
    "off",
    "--policy",
    "random",
    "--seed",
    "1",
    "--schedules",
    SCHEDULES,
];

/// One of those that take turns.
struct Contender {
    name: &'static str,
    arguments: Vec<String>,
    /// Which one it is compared with.
    beside: Option<usize>,
}

pub fn measure() -> Result<()> {
    println!("\nscripts, {SCHEDULES} random schedules of two sessions, {ROUNDS} rounds");
    let directory = tempfile::tempdir()?;
    let contenders = contenders(directory.path())?;
    let mut turns: Vec<Vec<Turn>> = contenders.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (contender, turns) in contenders.iter().zip(&mut turns) {
            turns.push(turn(contender, directory.path())?);
        }
    }
    for (contender, own) in contenders.iter().zip(&turns) {
        println!(
            "  {:<48} {} schedules/s   {} us of processor time each",
            contender.name,
            Spread::of(own.iter().map(|turn| turn.per_s).collect()),
            Spread::of(own.iter().map(|turn| turn.cpu_us).collect()),
        );
        if let Some(beside) = contender.beside {
            let pairs = own.iter().zip(&turns[beside]);
            let ratios = |of: fn(&Turn) -> f64| {
                Spread::of(
                    pairs
                        .clone()
                        .map(|(own, other)| of(own) / of(other))
                        .collect(),
                )
            };
            println!(
                "    / {}: {} of its schedules a second, {} of its processor time",
                contenders[beside].name,
                ratios(|turn| turn.per_s),
                ratios(|turn| turn.cpu_us),
            );
        }
    }
    Ok(())
}

fn contenders(directory: &Path) -> Result<Vec<Contender>> {
    let file = |name: &str, text: &str| -> Result<String> {
        let path = directory.join(name);
        fs::write(&path, text)?;
        Ok(path.to_str().context("a path of text")?.to_owned())
    };
    let older = format!(
        "INSERT INTO audit (what) SELECT 'older ' || g FROM generate_series(1, {MORE_ROWS}) g;"
    );
    let archive = format!(
        "CREATE TABLE archive (id int PRIMARY KEY, what text, at timestamptz DEFAULT now());\n\
         INSERT INTO archive SELECT g, 'older ' || g FROM generate_series(1, {MORE_ROWS}) g;"
    );
    let tables = file("tables.sql", TABLES)?;
    let written = file("written.sql", &format!("{TABLES}{older}"))?;
    let unwritten = file("unwritten.sql", &format!("{TABLES}{archive}"))?;
    let scripts = [
        ("six.sql", SIX),
        ("eight.sql", EIGHT),
        ("refuses.sql", REFUSES),
    ];
    let [six, eight, refuses] = scripts.map(|(name, text)| file(name, text));
    let (six, eight, refuses) = (six?, eight?, refuses?);
    let optimistic = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/scripts/optimistic.sql");
    let optimistic = optimistic.to_str().context("a path of text")?;
    let own = |name, script: &str, tables: &str, beside| Contender {
        name,
        arguments: ["--strategy", script, "--setup", tables]
            .map(str::to_owned)
            .into(),
        beside,
    };
    let of_shop = |name, strategy: &str, beside| Contender {
        name,
        arguments: [
            "--strategy",
            strategy,
            "--lines",
            "2",
            "--lock-order",
            "cart",
        ]
        .map(str::to_owned)
        .into(),
        beside,
    };
    Ok(vec![
        own("six statements, 5 tables, 100 rows", &six, &tables, None),
        own("eight statements", &eight, &tables, None),
        own(
            "five statements, one of two undone",
            &refuses,
            &tables,
            None,
        ),
        own(
            "six, 10,000 rows that none writes",
            &six,
            &unwritten,
            Some(0),
        ),
        own(
            "six, 10,000 rows in a table that is written",
            &six,
            &written,
            Some(0),
        ),
        of_shop("optimistic on the shop, built in", "optimistic", None),
        of_shop("optimistic on the shop, script", optimistic, Some(5)),
    ])
}

#[derive(Debug, Clone, Copy)]
struct Turn {
    per_s: f64,
    cpu_us: f64,
}

fn turn(contender: &Contender, directory: &Path) -> Result<Turn> {
    let json = directory.join("result.json");
    let before = cpu_us()?;
    let status = Command::new(env!("CARGO_BIN_EXE_sim"))
        .arg("explore")
        .args(&contender.arguments)
        .args(OPTIONS)
        .args(["--quiet", "--export-json"])
        .arg(&json)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    let cpu_us = cpu_us()? - before;
    // 1: nothing was found out. Any verdict is as good as another one here.
    ensure!(
        status.code().is_some_and(|code| code != 1),
        "{}: {status}",
        contender.name
    );
    let dossier = Dossier::read(&fs::read_to_string(&json)?)?;
    let exploration = dossier.studies[0].exploration.as_ref();
    let found = &exploration.context("an exploration")?.cells[0].found;
    ensure!(
        found.fault.is_none(),
        "{}: {:?}",
        contender.name,
        found.fault
    );
    let schedules = found.covered.schedules as f64;
    ensure!(schedules > 0.0, "{}: no schedule", contender.name);
    Ok(Turn {
        per_s: found.schedules_per_s(),
        cpu_us: cpu_us / schedules,
    })
}

/// Of all that was started and has ended.
fn cpu_us() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let both = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(both as f64)
}
