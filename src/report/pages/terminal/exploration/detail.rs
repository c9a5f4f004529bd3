//! One cell in detail.

use crate::cell::Cell;
use crate::explore::bounds::Policy;
use crate::explore::ending::Ending;
use crate::explore::found::Found;
use crate::explore::time_spent::TimeSpent;
use crate::explore::trace::Trace;
use crate::oracle::{Doubt, Verdict, WithoutRace};
use crate::report::dossier::exploration::{Exploration, ExploredCell, PlannedCell};
use crate::report::facts::changed::left_in_words;
use crate::report::facts::compared::in_lines;
use crate::report::facts::ending::in_words;
use crate::report::facts::explain::{self, NOTHING_FOUND, explored as meaning, extent, tried};
use crate::report::facts::number::{count, many};
use crate::report::facts::raced;
use crate::report::facts::unfollowed;
use crate::report::pages::terminal::style::{self, BOLD, sections};
use crate::report::pages::terminal::timeline;
use crate::shop::Outcome;
use crate::subject;

/// Endings beyond these are counted together.
const ENDINGS_SHOWN: usize = 8;

/// Two sessions take several rows each, and were not released at the same time.
const NOT_RACED: &str = "two sessions took several rows with one statement each: the server takes \
                         them one by one, and what comes between is no step; --race 200 releases \
                         them at the same time";

pub(super) fn render(exploration: &Exploration, cell: &ExploredCell, columns: usize) -> String {
    let found = &cell.found;
    let mut page = headline(cell);
    page.push('\n');
    let all = [
        ("schedules", schedules(exploration, cell)),
        ("broken", broken(cell)),
        ("endings", endings(exploration, cell)),
        (
            "raced",
            found.raced.as_ref().map(raced::lines).unwrap_or_default(),
        ),
        ("left", left_in_words(&found.left)),
        ("compared", compared(cell)),
        ("time", time_spent(cell)),
        ("advice", advice(exploration, cell)),
    ];
    page.push_str(&sections(all, columns));
    if let Some(trace) = &found.example {
        page.push_str(&example(cell, trace));
        page.push_str(&timeline::render(trace, columns));
    }
    if let Some((raced, end)) = raced::worst(found) {
        let of_runs = raced::of_runs(raced, end.count);
        page.push_str(&format!(
            "\n{BOLD}released at the same time, in {of_runs}:{BOLD:#} in the sequence of the \
             answers\n\n"
        ));
        page.push_str(&timeline::render(&end.example, columns));
        for row in raced::rows(end) {
            page.push_str(&format!("in the end {row}\n"));
        }
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
    let note = style::compared(cell.expected, cell.holds(), true).unwrap_or_default();
    let word = verdict.name().to_uppercase();
    style::headline(
        &word,
        verdict,
        cell.cell,
        &note,
        meaning(verdict, cell.found.without_race.is_some()),
    )
}

/// Where the time of a service's schedules went.
fn time_spent(cell: &ExploredCell) -> Vec<String> {
    let line = |spent: TimeSpent| {
        let each_ms = spent.whole_us as f64 / 1000.0 / spent.schedules.max(1) as f64;
        let [program, server, own] = [spent.program_us, spent.server_us, spent.own_us()]
            .map(|part| format!("{:.0} %", 100.0 * spent.part(part)));
        format!(
            "a schedule takes {each_ms:.0} ms: the service {program} of it, its statements \
             {server}, sim {own}"
        )
    };
    cell.found.time_spent.map(line).into_iter().collect()
}

/// How many were run, and of how many.
fn schedules(exploration: &Exploration, cell: &ExploredCell) -> Vec<String> {
    let (found, covered) = (&cell.found, &cell.found.covered);
    let tried = tried(found, cell.whole);
    let drawn = |of: &str| {
        let (run, different) = (count(covered.schedules), count(found.different()));
        format!("{run} drawn, {different} different{of}")
    };
    let mut lines = vec![
        match (exploration.policy, covered.exhausted, found.reduced) {
            (Policy::Random { .. }, ..) => {
                let of = tried
                    .split_once(" of ")
                    .map(|(_, all)| format!(", of {all}"));
                drawn(&of.unwrap_or_default())
            }
            (_, true, false) => format!("{tried}: all there are"),
            (_, _, true) => format!(
                "{tried}: each for those that differ only in the sequence of statements that cannot \
                 notice each other"
            ),
            (_, false, false) => tried,
        },
    ];
    if covered.again > 0 {
        lines.push(format!(
            "{} begun again, because the server had let freed buyers race; what comes of a race \
             is not among them",
            many(covered.again, "schedule"),
        ));
    }
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
        (true, _) => vec![nothing(found)],
        (false, _) => {
            let without = found.without_race.iter().flat_map(without_race);
            proven.iter().map(line).chain(without).collect()
        }
    }
}

/// Of a search that was stopped by a bound, with what it covered.
fn nothing(found: &Found) -> String {
    let of_others = |all: String| {
        let within = found.covered.all_within.map_or(0, |all| all.schedules);
        match found.reduced || found.different() > within {
            true => format!("{all}, nor in any other that was tried"),
            false => all,
        }
    };
    let covered = explain::covered(found).map(of_others);
    covered.unwrap_or_else(|| "nothing, in any of them".into())
}

/// What breaks although one session comes after the other: no race is its cause.
fn without_race(shown: &WithoutRace) -> Vec<String> {
    let names = shown.broken.iter();
    names
        .map(|name| format!("{name} breaks also without a race, one session after the other"))
        .collect()
}

/// Each ending with how often it occurs, and a schedule that leads to it.
fn endings(exploration: &Exploration, cell: &ExploredCell) -> Vec<String> {
    let endings = &cell.found.endings;
    let widest = endings.iter().map(|ending| count(ending.count).len()).max();
    let w = widest.unwrap_or(0);
    let lines = |ending: &Ending| {
        let schedule = ending.schedules.first().map(ToString::to_string);
        let schedule = schedule.map(|letters| format!("{:w$}   such as {letters}", ""));
        let said = in_words(ending, exploration.tables.is_some());
        let in_words = format!("{:>w$} x {said}", count(ending.count));
        [in_words].into_iter().chain(schedule)
    };
    let (shown, others) = endings.split_at(ENDINGS_SHOWN.min(endings.len()));
    let mut lines: Vec<String> = shown.iter().flat_map(lines).collect();
    let rest: u64 = others.iter().map(|ending| ending.count).sum();
    if rest > 0 {
        lines.push(format!("{} in other ways", count(rest)));
    }
    lines
}

/// What of an end was not simply compared as it is.
fn compared(cell: &ExploredCell) -> Vec<String> {
    let notes = cell.found.compared.as_ref();
    notes.map_or_else(Vec::new, in_lines)
}

/// Why nothing is proven, and what to change.
fn advice(exploration: &Exploration, cell: &ExploredCell) -> Vec<String> {
    let found = &cell.found;
    let is_proven = !found.judgement.proven.is_empty();
    let of_doubt = |doubt: &Doubt| match doubt {
        Doubt::NotExhausted => not_exhausted(exploration, cell),
        Doubt::DemandEqualsSupply | Doubt::CartsDoNotFit | Doubt::BreaksElsewhere if is_proven => {
            Vec::new()
        }
        Doubt::BreaksElsewhere => vec![breaks_elsewhere(exploration, cell)],
        Doubt::BodyReaches => found.reaches.iter().map(raced::reach_in_words).collect(),
        Doubt::NotFollowed => unfollowed::in_lines(found),
        Doubt::SeveralRows if found.raced.is_none() => vec![NOT_RACED.into()],
        other => vec![of_one_reason(*other).to_owned()],
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
const fn of_one_reason(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::DemandBelowSupply => {
            "the buyers are not in each other's way: lower --stock or raise --units; in cart order \
             each begins with another product"
        }
        Doubt::DemandEqualsSupply => {
            "there is just enough for all buyers: updates can be lost and buyers be turned away, \
             and nothing can be oversold; lower --stock"
        }
        Doubt::CartsDoNotFit => {
            "a cart that wants more than there is can buy nothing, and the others leave no race for \
             the last unit: raise --stock or lower --units"
        }
        Doubt::NothingChanged => "no session changed a row: name what it is given with -D",
        Doubt::SeveralRows => {
            "two sessions took several rows with one statement each: the server takes them one by \
             one, and what comes between is no step: nothing is proven by what simultaneous runs \
             did not show"
        }
        Doubt::Unexplained => {
            "what differs between two runs of one serial order cannot be compared: leave it out \
             with --ignore"
        }
        Doubt::TooManyAlike => {
            "so many generated values look alike that some ends cannot be compared"
        }
        Doubt::OrdersNotTried => {
            "with more than five sessions not every serial order is tried: rules alone judge"
        }
        Doubt::ChosenInProgram => {
            "requests waited for each other in the program, for a lock or a connection of its pool, \
             and which went on first was its own choice: another order was not tried. Let them wait \
             in the database, with a connection for each; and let sim run send many at once"
        }
        Doubt::BuyersFailed => {
            "checkouts failed, and how they would have been answered is not known"
        }
        _ => "interrupted: schedules are left that were not tried",
    }
}

/// In which small shop the strategy is known to break.
fn breaks_elsewhere(exploration: &Exploration, cell: &ExploredCell) -> String {
    let Cell { subject, level } = cell.cell;
    let known = subject::expected(cell.cell, exploration.shape.lines);
    let with = subject::profile(subject).and_then(|profile| profile.breaks_with);
    format!(
        "nothing broke in this small shop; {subject} is known to break at {level} in others \
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
            "schedules with more context switches were not tried: raise --max-switches",
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
        Verdict::Violates => "that violates an invariant",
        Verdict::NotSerializable => "that ends as no serial order does",
        Verdict::NotAtomic => "that leaves something of what failed",
        Verdict::StaleAnswer => "that answers what was never so",
        Verdict::RaisesErrors => "that raises an error",
        Verdict::Oversells => "that oversells",
        Verdict::LosesUpdates => "that loses an update",
        Verdict::LosesOrders => "that loses an order",
        Verdict::InventsOrders => "that invents an order",
        Verdict::Duplicates => "that places an order twice",
        Verdict::Leaks => "that leaks stock",
        Verdict::Undersells => "that turns a buyer away",
        Verdict::Unsupported | Verdict::Inconclusive | Verdict::Safe => "",
    };
    let again = explain::reproduced(&cell.found);
    let again = again.map_or_else(String::new, |again| again + "\n");
    format!(
        "\n{BOLD}the simplest schedule{seen} {what}:{BOLD:#} {}\n{again}\n",
        extent(trace)
    )
}
