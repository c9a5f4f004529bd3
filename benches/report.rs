//! What it takes to draw the results of a million checkouts.
//!
//! `cargo bench --bench report`
//!
//! The results are made up, as `sim compare` would give them: no database has a
//! say in it. Each round draws every format once. Nothing is asserted about time.

#[path = "common/rate.rs"]
mod rate;
#[path = "report/results.rs"]
mod results;

use std::time::Instant;

use anyhow::{Result, ensure};
use checkout_sim::report::{
    Dossier, Results, page_to_terminal, to_csv, to_html, to_junit, to_markdown,
};

use rate::Spread;

const ROUNDS: usize = 5;

/// What is measured: its name, and what it takes and how many bytes it reads or
/// writes.
type Format = (&'static str, fn(&Made) -> Result<usize>);

const FORMATS: [Format; 7] = [
    ("JSON", |made| Ok(made.results.dossier.to_json().len())),
    ("JSON, read again", |made| {
        Dossier::read(&made.json)?;
        Ok(made.json.len())
    }),
    ("CSV", |made| Ok(to_csv(&made.results.dossier)?.len())),
    ("HTML", |made| Ok(to_html(&made.results).len())),
    ("Markdown", |made| Ok(to_markdown(&made.results).len())),
    ("JUnit", |made| Ok(to_junit(&made.results)?.len())),
    ("terminal", |made| {
        Ok(page_to_terminal(&made.results, 80).len())
    }),
];

/// What every format is drawn from.
struct Made {
    results: Results,
    json: String,
}

fn main() -> Result<()> {
    let results = results::results()?;
    let made = Made {
        json: results.dossier.to_json(),
        results,
    };
    let again = Dossier::read(&made.json)?;
    ensure!(again == made.results.dossier, "what is read is another one");
    let checkouts = results::checkouts(&again);
    println!("{checkouts} checkouts, {ROUNDS} rounds\n");
    drop(again);

    let mut times = vec![Vec::new(); FORMATS.len()];
    let mut bytes = [0; FORMATS.len()];
    for round in 0..=ROUNDS {
        for (at, (_, draw)) in FORMATS.iter().enumerate() {
            let began = Instant::now();
            bytes[at] = draw(&made)?;
            let ms = began.elapsed().as_secs_f64() * 1e3;
            // The first is to warm up.
            if round > 0 {
                times[at].push(ms);
            }
        }
    }
    println!("| format | ms | KB |");
    println!("|---|--:|--:|");
    for (at, (name, _)) in FORMATS.iter().enumerate() {
        row(name, times[at].clone(), bytes[at]);
    }
    let all = (0..ROUNDS).map(|round| times.iter().map(|times| times[round]).sum());
    row("all of them", all.collect(), bytes.iter().sum());
    Ok(())
}

fn row(name: &str, times: Vec<f64>, bytes: usize) {
    println!(
        "| {name} | {} | {} |",
        Spread::of(times),
        bytes.div_ceil(1_000)
    );
}
