//! Services as they are, explored by the program itself: a shop in Flask with a connection
//! for each request, and `sim serve` with a pool. Two equal requests, each with a service of its own
//! in each arena.
//!
//! They take turns. Where the time of a schedule goes is what the result says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use checkout_sim::explore::found::Found;
use checkout_sim::report::Dossier;

use crate::rate::Spread;

const ROUNDS: usize = 5;

const FLASK: &str = r#"
title = "A shop in Flask"
[tables]
setup = ["shop.sql"]
[service]
command = "exec @PYTHON@ @SHOP@ naive"
env = { PYTHONDONTWRITEBYTECODE = "1" }
[[service.steps]]
request = "POST /checkout"
refused = [409]
"#;

/// Products with one unit each, and no order.
const TABLES: &str = "
CREATE TABLE products (id int PRIMARY KEY, stock int NOT NULL, version int NOT NULL DEFAULT 1);
CREATE TABLE orders (id serial PRIMARY KEY, product int NOT NULL REFERENCES products);
INSERT INTO products VALUES (1, 1), (2, 1);
";

const CHECKOUTS: &str = include_str!("../../tests/services/serve_checkouts.toml");
const SERVE: &str = include_str!("../../tests/services/serve_shop.toml");

/// A service, and how it is explored.
struct Contender {
    name: &'static str,
    file: String,
    options: &'static [&'static str],
}

pub fn measure() -> Result<()> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = home.join("target/drivers/venv/bin/python");
    ensure!(python.exists(), "no Flask: run .ci/drivers");
    let shop = home.join("tests/services/flask_shop.py");
    let named = |path: PathBuf| path.display().to_string();
    let flask = FLASK.replace("@PYTHON@", &named(python));
    let sim = |file: &str| file.replace("@SIM@", env!("CARGO_BIN_EXE_sim"));
    let contenders = [
        Contender {
            name: "Flask, psycopg, a connection for each request",
            file: flask.replace("@SHOP@", &named(shop)),
            options: &[],
        },
        Contender {
            name: "`sim serve`, two checkouts",
            file: sim(CHECKOUTS),
            options: &["--max-switches", "2"],
        },
        Contender {
            name: "`sim serve`, carts and checkouts",
            file: sim(SERVE),
            options: &["--max-switches", "2", "--schedules", "800"],
        },
    ];
    let mut rounds: [Vec<Found>; 3] = Default::default();
    for _ in 0..ROUNDS {
        for (contender, rounds) in contenders.iter().zip(&mut rounds) {
            rounds.push(explored(contender)?);
        }
    }
    println!("\nservices, explored: schedules a second, and milliseconds of a schedule");
    println!(
        "| service | steps | schedules | schedules/s | a schedule | in the service | its statements \
         | rows put back | end read and judged | the rest of `sim` | outside the application |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (contender, rounds) in contenders.iter().zip(&rounds) {
        println!("{}", line(contender.name, rounds));
    }
    Ok(())
}

fn line(name: &str, rounds: &[Found]) -> String {
    let of = |value: &dyn Fn(&Found) -> f64| Spread::of(rounds.iter().map(value).collect());
    let ms = |part: fn(&Found) -> u64| {
        of(&|found| {
            let schedules = found.time_spent.map_or(1, |time| time.schedules);
            part(found) as f64 / 1e3 / schedules as f64
        })
    };
    let first = &rounds[0].covered;
    let outside = of(&|found| {
        found
            .time_spent
            .map_or(0.0, |time| 100.0 * time.part(time.own_us()))
    });
    let parts = [
        ms(|found| found.time_spent.map_or(0, |time| time.whole_us)),
        ms(|found| found.time_spent.map_or(0, |time| time.program_us)),
        ms(|found| found.time_spent.map_or(0, |time| time.server_us)),
        ms(|found| found.time_spent.map_or(0, |time| time.reset_us)),
        ms(|found| found.time_spent.map_or(0, |time| time.judging_us)),
        ms(|found| {
            let of_itself = |time: checkout_sim::explore::time_spent::TimeSpent| {
                time.own_us() - time.reset_us - time.judging_us
            };
            found.time_spent.map_or(0, of_itself)
        }),
    ];
    let parts: Vec<String> = parts.iter().map(Spread::to_string).collect();
    format!(
        "| {name} | {} | {} | {} | {} | {outside} % |",
        first.statements / first.schedules.max(1),
        first.schedules,
        of(&Found::schedules_per_s),
        parts.join(" | "),
    )
}

/// What the program itself finds.
fn explored(contender: &Contender) -> Result<Found> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("shop.toml"), &contender.file)?;
    fs::write(folder.path().join("shop.sql"), TABLES)?;
    let result = folder.path().join("found.json");
    let status = Command::new(env!("CARGO_BIN_EXE_sim"))
        .args(["explore", "shop.toml", "--quiet"])
        .args(contender.options)
        .args(["--export-json".as_ref(), result.as_os_str()])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .status()?;
    ensure!(
        matches!(status.code(), Some(1 | 10)),
        "{}: {status}",
        contender.name
    );
    let dossier = Dossier::read(&fs::read_to_string(result)?)?;
    let exploration = dossier.studies[0].exploration.as_ref();
    Ok(exploration.context("an exploration")?.cells[0]
        .found
        .clone())
}
