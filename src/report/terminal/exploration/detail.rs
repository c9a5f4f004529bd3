//! One cell in detail.

use std::fmt::Write as _;

use super::{BOLD, DIM, extent, meaning, style, timeline};
use crate::audit::{Doubt, Verdict};
use crate::explore::arena::letter;
use crate::explore::found::Ending;
use crate::explore::search::Policy;
use crate::explore::trace::Trace;
use crate::report::explain;
use crate::report::exploration::{Exploration, ExploredCell};
use crate::report::number::{count, many, percent, real};
use crate::shop::Outcome;

/// Endings beyond these are counted together.
const ENDINGS_SHOWN: usize = 8;

pub(super) fn render(exploration: &Exploration, cell: &ExploredCell) -> String {
    let found = &cell.found;
    let mut page = headline(cell);
    page.push('\n');
    let sections = [
        ("schedules", schedules(cell)),
        ("broken", broken(cell)),
        ("endings", endings(cell)),
        ("advice", advice(exploration, cell)),
    ];
    for (label, lines) in sections {
        for (position, line) in lines.iter().enumerate() {
            let label = if position == 0 { label } else { "" };
            let _ = writeln!(page, "  {BOLD}{label:<11}{BOLD:#} {line}");
        }
    }
    if let Some(trace) = &found.example {
        page.push_str(&example(cell, trace));
        page.push_str(&timeline::render(trace));
    }
    page
}

fn headline(cell: &ExploredCell) -> String {
    let verdict = cell.verdict();
    let (style, word) = (style(verdict), verdict.name().to_uppercase());
    let expectation = match (cell.is_as_expected(), cell.expected) {
        (true, Verdict::Safe) => String::new(),
        (true, _) => format!(" {DIM}(as expected){DIM:#}"),
        (false, expected) => format!(" {DIM}(expected: {expected}){DIM:#}"),
    };
    let meaning = meaning(verdict);
    let (strategy, isolation) = (cell.strategy, cell.isolation);
    format!(
        "{style}{word}{style:#}  {BOLD}{strategy}{BOLD:#} at {isolation}{expectation}\n  {meaning}\n"
    )
}

/// How many were run, and of how many.
fn schedules(cell: &ExploredCell) -> Vec<String> {
    let found = &cell.found;
    let run = found.covered.schedules;
    let of = match cell.whole {
        Some(whole) if whole.is_all => count(whole.schedules),
        Some(whole) => format!("more than {}", count(whole.schedules)),
        None => "an unknown number".into(),
    };
    let mut lines = vec![match (found.covered.exhausted, found.reduced) {
        (true, false) => format!("{}: all there are", count(run)),
        (true, true) => format!(
            "{} of {of}: all there are, but for repetitions",
            many(run, "representative")
        ),
        (false, _) => format!("{} of {of}", count(run)),
    }];
    if found.reduced {
        lines.push("each stands for all that differ only in the order of statements that cannot notice each other".into());
    }
    if found.covered.again > 0 {
        lines.push(format!(
            "{} begun again: the server had let freed buyers race",
            many(found.covered.again, "schedule"),
        ));
    }
    lines.push(format!("{} a second", real(found.schedules_per_s())));
    lines
}

fn broken(cell: &ExploredCell) -> Vec<String> {
    let found = &cell.found;
    let run = found.covered.schedules.max(1);
    let share = |n: u64| percent(n as f64 / run as f64);
    let lines: Vec<String> = found
        .judgement
        .proven
        .iter()
        .map(|verdict| {
            let n = found.proving(*verdict);
            format!(
                "{verdict} in {} ({}): {}",
                count(n),
                share(n),
                explain::meaning(*verdict)
            )
        })
        .collect();
    match lines.is_empty() {
        true => vec!["nothing, in any of them".into()],
        false => lines,
    }
}

fn endings(cell: &ExploredCell) -> Vec<String> {
    let endings = &cell.found.endings;
    let widest = endings.iter().map(|ending| count(ending.count).len()).max();
    let mut lines: Vec<String> = endings
        .iter()
        .take(ENDINGS_SHOWN)
        .map(|ending| {
            format!(
                "{:>w$} x {}",
                count(ending.count),
                ending_in_words(ending),
                w = widest.unwrap_or(0)
            )
        })
        .collect();
    let rest: u64 = endings
        .iter()
        .skip(ENDINGS_SHOWN)
        .map(|ending| ending.count)
        .sum();
    if rest > 0 {
        lines.push(format!("{} in other ways", count(rest)));
    }
    lines
}

/// `A sold, B sold out; stock 0, sold 1 of 1`.
fn ending_in_words(ending: &Ending) -> String {
    let told = ending
        .told
        .iter()
        .enumerate()
        .map(|(buyer, told)| format!("{} {}", letter(buyer), told.name().replace('_', " ")));
    let accounts = ending.accounts.iter().map(|account| {
        let product = match ending.accounts.len() {
            1 => String::new(),
            _ => format!("{}: ", account.sku),
        };
        let stock = account
            .stock
            .map_or("none".into(), |stock| stock.to_string());
        format!(
            "{product}{} of {} sold, stock {stock}",
            account.sold, account.supply
        )
    });
    let (told, accounts): (Vec<String>, Vec<String>) = (told.collect(), accounts.collect());
    format!("{}; {}", told.join(", "), accounts.join("; "))
}

/// Why nothing is proven, and what to change.
fn advice(exploration: &Exploration, cell: &ExploredCell) -> Vec<String> {
    let doubts = cell.found.judgement.doubts.iter().map(|doubt| match doubt {
        Doubt::NotExhausted => match exploration.policy {
            Policy::Random { .. } => "a sample proves no safety: use --policy exhaustive".into(),
            Policy::Exhaustive if exploration.switches_max.is_some() => {
                "orders with more context switches were not tried: raise --max-switches".into()
            }
            Policy::Exhaustive => {
                "schedules are left that were not tried: raise --schedules or --time-limit"
                    .to_owned()
            }
        },
        Doubt::DemandBelowSupply => {
            "the buyers want fewer units than there are: lower --stock or raise --units".into()
        }
        _ => "interrupted: schedules are left that were not tried".into(),
    });
    let mut lines: Vec<String> = doubts.collect();
    let gave_up =
        |ending: &Ending| ending.violations.unsold > 0 && ending.told.contains(&Outcome::GaveUp);
    if cell.found.endings.iter().any(gave_up) {
        lines.push("buyers gave up while there was stock: raise --max-tries".into());
    }
    lines
}

fn example(cell: &ExploredCell, trace: &Trace) -> String {
    let kind = if cell.found.is_simplest {
        "the simplest schedule"
    } else {
        "the simplest schedule seen"
    };
    let what = match cell.verdict() {
        Verdict::Oversells => "that oversells",
        Verdict::LosesUpdates => "that loses an update",
        Verdict::LosesOrders => "that loses an order",
        Verdict::Duplicates => "that places an order twice",
        Verdict::Leaks => "that leaks stock",
        Verdict::Undersells => "that turns a buyer away",
        Verdict::Inconclusive | Verdict::Safe => "",
    };
    format!("\n{BOLD}{kind} {what}:{BOLD:#} {}\n\n", extent(trace))
}
