//! One cell in detail.

use crate::cell::Cell;
use crate::explore::arena::letter;
use crate::explore::bounds::Policy;
use crate::explore::found::Ending;
use crate::explore::trace::Trace;
use crate::oracle::{Doubt, Verdict};
use crate::report::dossier::exploration::{Exploration, ExploredCell, PlannedCell};
use crate::report::facts::explain::{self, NOTHING_FOUND, explored as meaning, extent};
use crate::report::facts::number::{count, joined, many, real};
use crate::report::facts::words;
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
    let note = style::compared(verdict, cell.expected, true).unwrap_or_default();
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
    let line = |verdict: &Verdict| {
        let share = explain::proving(found, *verdict);
        format!("{verdict} in {share}: {}", explain::meaning(*verdict))
    };
    let proven = &found.judgement.proven;
    match (proven.is_empty(), found.different()) {
        (true, 0) => Vec::new(),
        (true, _) => vec!["nothing, in any of them".into()],
        (false, _) => proven.iter().map(line).collect(),
    }
}

fn endings(cell: &ExploredCell) -> Vec<String> {
    let endings = &cell.found.endings;
    let widest = endings.iter().map(|ending| count(ending.count).len()).max();
    let w = widest.unwrap_or(0);
    let line =
        |ending: &Ending| format!("{:>w$} x {}", count(ending.count), ending_in_words(ending));
    let (shown, others) = endings.split_at(ENDINGS_SHOWN.min(endings.len()));
    let mut lines: Vec<String> = shown.iter().map(line).collect();
    let rest: u64 = others.iter().map(|ending| ending.count).sum();
    if rest > 0 {
        lines.push(format!("{} in other ways", count(rest)));
    }
    lines
}

/// `A sold, B sold out; stock 0, sold 1 of 1`.
fn ending_in_words(ending: &Ending) -> String {
    let told = ending.told.iter().enumerate();
    let told = told.map(|(buyer, told)| format!("{} {}", letter(buyer), words::outcome(*told)));
    let accounts = ending.accounts.iter().map(|account| {
        let sold = words::sold(account, ending.accounts.len() != 1);
        let stock = account
            .stock
            .map_or("none".into(), |stock| stock.to_string());
        format!("{sold}, stock {stock}")
    });
    format!("{}; {}", joined(told, ", "), joined(accounts, "; "))
}

/// Why nothing is proven, and what to change.
fn advice(exploration: &Exploration, cell: &ExploredCell) -> Vec<String> {
    let found = &cell.found;
    let is_proven = !found.judgement.proven.is_empty();
    let of_doubt = |doubt: &Doubt| match doubt {
        Doubt::NotExhausted => not_exhausted(exploration, cell),
        Doubt::DemandEqualsSupply | Doubt::BreaksElsewhere if is_proven => Vec::new(),
        Doubt::BreaksElsewhere => vec![breaks_elsewhere(exploration, cell)],
        other => vec![in_words(*other).to_owned()],
    };
    let mut lines: Vec<String> = found.judgement.doubts.iter().flat_map(of_doubt).collect();
    let gave_up = |ending: &Ending| {
        ending.findings.count("unsold") > 0 && ending.told.contains(&Outcome::GaveUp)
    };
    if found.endings.iter().any(gave_up) {
        lines.push("buyers gave up while there was stock: raise --max-tries".into());
    }
    let fault = found.fault.iter();
    lines.extend(fault.map(|fault| format!("it could not go on: {fault}")));
    lines
}

/// A doubt that has one reason.
const fn in_words(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::DemandBelowSupply => {
            "the buyers are not in each other's way: lower --stock or raise --units; in cart order \
             each begins with another product"
        }
        Doubt::DemandEqualsSupply => {
            "there is just enough for everybody: updates can be lost and buyers be turned away, \
             and nothing can be oversold; lower --stock"
        }
        Doubt::BuyersFailed => {
            "checkouts failed, and how they would have been answered is not known"
        }
        _ => "interrupted: schedules are left that were not tried",
    }
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
            covered.skipped > 0,
            "some schedules were left out: the server let freed buyers race each time they were begun",
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
    let seen = if cell.found.is_simplest { "" } else { " seen" };
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
    format!(
        "\n{BOLD}the simplest schedule{seen} {what}:{BOLD:#} {}\n\n",
        extent(trace)
    )
}
