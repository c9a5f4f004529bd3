//! One cell in detail.

use crate::cell::Cell;
use crate::explore::arena::letter;
use crate::explore::bounds::Policy;
use crate::explore::found::Ending;
use crate::explore::trace::Trace;
use crate::oracle::{Doubt, Verdict};
use crate::report::dossier::exploration::{Exploration, ExploredCell, PlannedCell};
use crate::report::facts::explain::{self, NOTHING_FOUND, explored as meaning, extent};
use crate::report::facts::number::{count, many, real};
use crate::report::pages::terminal::style::{self, BOLD, sections};
use crate::report::pages::terminal::timeline;
use crate::shop::Outcome;
use crate::subject;

/// Endings beyond these are counted together.
const ENDINGS_SHOWN: usize = 8;

pub(super) fn render(exploration: &Exploration, cell: &ExploredCell) -> String {
    let found = &cell.found;
    let mut page = headline(cell);
    page.push('\n');
    page.push_str(&sections([
        ("schedules", schedules(exploration, cell)),
        ("broken", broken(cell)),
        ("endings", endings(cell)),
        ("advice", advice(exploration, cell)),
    ]));
    if let Some(trace) = &found.example {
        page.push_str(&example(cell, trace));
        page.push_str(&timeline::render(trace));
    }
    page
}

/// A cell that was to be explored, and was not.
pub(super) fn not_run(cell: &PlannedCell) -> String {
    let open = Verdict::Inconclusive;
    style::headline("NOT RUN", open, cell.cell, "", NOTHING_FOUND)
}

fn headline(cell: &ExploredCell) -> String {
    let verdict = cell.verdict();
    let note = match (cell.holds(), cell.expected) {
        (_, None) | (true, Some(Verdict::Safe)) => String::new(),
        (true, Some(_)) => "as expected".into(),
        (false, Some(expected)) => format!("expected: {expected}"),
    };
    let word = verdict.name().to_uppercase();
    style::headline(&word, verdict, cell.cell, &note, meaning(verdict))
}

/// How many were run, and of how many.
fn schedules(exploration: &Exploration, cell: &ExploredCell) -> Vec<String> {
    let (found, covered) = (&cell.found, &cell.found.covered);
    let of = match cell.whole {
        Some(whole) if whole.is_all => count(whole.schedules),
        Some(whole) => format!("more than {}", count(whole.schedules)),
        None => "an unknown number".into(),
    };
    let run = covered.schedules;
    let mut lines = vec![
        match (exploration.policy, covered.exhausted, found.reduced) {
            (Policy::Random { .. }, ..) => {
                let different = count(found.different());
                format!("{} drawn, {different} different, of {of}", count(run))
            }
            (_, true, false) => format!("{}: all there are", count(run)),
            (_, true, true) => format!(
                "{} of {of}: all there are, but for repetitions",
                many(run, "representative")
            ),
            (_, false, _) => format!("{} of {of}", count(run)),
        },
    ];
    if found.reduced {
        lines.push(
            "each stands for all that differ only in the order of statements that cannot notice \
             each other"
                .into(),
        );
    }
    if covered.again > 0 {
        lines.push(format!(
            "{} begun again, because the server had let freed buyers race; what comes of a race \
             is not among them",
            many(covered.again, "schedule"),
        ));
    }
    lines.push(format!("{} a second", real(found.schedules_per_s())));
    lines
}

fn broken(cell: &ExploredCell) -> Vec<String> {
    let found = &cell.found;
    let different = found.different();
    let lines: Vec<String> = found
        .judgement
        .proven
        .iter()
        .map(|verdict| {
            let share = explain::proving(found, *verdict);
            format!("{verdict} in {share}: {}", explain::meaning(*verdict))
        })
        .collect();
    match (lines.is_empty(), different) {
        (true, 0) => Vec::new(),
        (true, _) => vec!["nothing, in any of them".into()],
        (false, _) => lines,
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
    let found = &cell.found;
    let mut lines = Vec::new();
    for doubt in &found.judgement.doubts {
        match doubt {
            Doubt::NotExhausted => lines.extend(not_exhausted(exploration, cell)),
            Doubt::DemandBelowSupply => lines.push(
                "the buyers are not in each other's way: lower --stock or raise --units; in cart \
                 order each begins with another product"
                    .into(),
            ),
            Doubt::DemandEqualsSupply if !found.judgement.proven.is_empty() => {}
            Doubt::DemandEqualsSupply => lines.push(
                "there is just enough for everybody: updates can be lost and buyers be turned \
                 away, and nothing can be oversold; lower --stock"
                    .into(),
            ),
            Doubt::BreaksElsewhere if !found.judgement.proven.is_empty() => {}
            Doubt::BreaksElsewhere => lines.push(breaks_elsewhere(exploration, cell)),
            Doubt::BuyersFailed => lines.push(
                "checkouts failed, and how they would have been answered is not known".into(),
            ),
            _ => lines.push("interrupted: schedules are left that were not tried".into()),
        }
    }
    let gave_up = |ending: &Ending| {
        ending.findings.count("unsold") > 0 && ending.told.contains(&Outcome::GaveUp)
    };
    if found.endings.iter().any(gave_up) {
        lines.push("buyers gave up while there was stock: raise --max-tries".into());
    }
    lines.extend(
        found
            .fault
            .iter()
            .map(|fault| format!("it could not go on: {fault}")),
    );
    lines
}

/// In which case the strategy is known to break.
fn breaks_elsewhere(exploration: &Exploration, cell: &ExploredCell) -> String {
    let Cell { subject, level } = cell.cell;
    let known = subject::expected(cell.cell, exploration.shape.lines);
    let with = subject::profile(subject).and_then(|profile| profile.breaks_with);
    format!(
        "nothing broke in this case; {subject} is known to break at {level} in others \
         ({}): {}",
        known.map_or("nothing is known", Verdict::name),
        with.map_or("let more buyers come, or change the shop".into(), |flags| {
            format!("try {flags}")
        })
    )
}

/// What kept schedules from being tried.
fn not_exhausted(exploration: &Exploration, cell: &ExploredCell) -> Vec<String> {
    let covered = &cell.found.covered;
    let reasons = [
        (
            matches!(exploration.policy, Policy::Random { .. }),
            "a sample proves no safety: use --policy exhaustive",
        ),
        (
            covered.bounded,
            "orders with more context switches were not tried: raise --max-switches",
        ),
        (
            covered.cut_short,
            "schedules are left that were not tried: raise --schedules or --time-limit",
        ),
        (
            !exploration.victims_are_fixed,
            "of a deadlock only the victim that the server chose was seen",
        ),
    ];
    let holding = reasons.into_iter().filter(|(holds, _)| *holds);
    holding.map(|(_, reason)| reason.to_owned()).collect()
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
        Verdict::InventsOrders => "that invents an order",
        Verdict::Duplicates => "that places an order twice",
        Verdict::Leaks => "that leaks stock",
        Verdict::Undersells => "that turns a buyer away",
        Verdict::Inconclusive | Verdict::Safe => "",
    };
    format!("\n{BOLD}{kind} {what}:{BOLD:#} {}\n\n", extent(trace))
}
