//! What a study comes to: in three lines, and in one sentence that names everything.

use crate::cell::{Cell, Subject};
use crate::load::RunResult;
use crate::oracle::Verdict;
use crate::report::dossier::document::Study;
use crate::report::facts::comparison::{Compared, compare, slower};
use crate::report::facts::explain::{TOO_FEW_RUNS, first_few, interval, is_telling, listed};
use crate::report::facts::known::{self, Known, known, levels, subjects};
use crate::report::facts::number::{count, joined, real};
use crate::report::facts::statistics::Interval;
use crate::report::facts::words::on_own_tables;
use crate::shop::Isolation;
use crate::subject;

/// Which strategies fix the problem of a study, which of them costs least, and
/// which do not fix it, in one sentence.
///
/// A strategy fixes it at a level if whatever was asked of it there was answered
/// with `safe`: many buyers at full speed, and every schedule of a few.
#[must_use]
pub fn conclusion(study: &Study) -> String {
    let known = known(study);
    if !known.iter().any(Known::has_run) {
        return "Nothing was tried.".into();
    }
    let mut clauses = vec![match grouped(&known, |k| k.worst() == Verdict::Safe) {
        fixes if fixes.is_empty() => "Nothing that was tried is proven to hold".into(),
        fixes => format!("These hold{}: {}", proof(study), fixes.join(", and ")),
    }];
    clauses.extend(caution(study, &known));
    clauses.extend(cost(study, &known));
    for verdict in Verdict::ALL.into_iter().filter(|v| *v != Verdict::Safe) {
        let cells = grouped(&known, |k| k.has_run() && k.worst() == verdict);
        if !cells.is_empty() {
            clauses.push(format!("{} {}", predicate(verdict), cells.join(", and ")));
        }
    }
    let left = grouped(&known, |k| !k.has_run());
    if !left.is_empty() {
        clauses.push(format!("not run: {}", left.join(", and ")));
    }
    format!("{}.", clauses.join("; "))
}

/// What is behind it, where it is not both proofs.
const fn proof(study: &Study) -> &'static str {
    match (&study.load, &study.exploration) {
        (Some(_), None) => " under load",
        (None, Some(_)) => " in the small shop",
        _ => "",
    }
}

/// What a verdict says of the strategies that are named after it.
const fn predicate(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Violates => "proven to violate an invariant:",
        Verdict::NotSerializable => "proven to end as no serial order does:",
        Verdict::NotAtomic => "proven to leave something of what failed:",
        Verdict::Oversells => "proven to oversell:",
        Verdict::LosesUpdates => "proven to lose updates:",
        Verdict::LosesOrders => "proven to lose orders:",
        Verdict::InventsOrders => "proven to invent orders:",
        Verdict::Duplicates => "proven to place orders twice:",
        Verdict::Leaks => "proven to leak stock:",
        Verdict::Undersells => "proven to refuse what was there:",
        Verdict::RaisesErrors => "proven to raise errors:",
        Verdict::StaleAnswer => "proven to answer what was never so:",
        Verdict::Unsupported => "not to be followed:",
        Verdict::Inconclusive => "nothing is proven of",
        Verdict::Safe => "safe:",
    }
}

/// The strategies that `is_meant` picks, those of the same levels together, the
/// ones of most levels first:
/// `naive and check-outside at every level`, `autocommit at serializable`.
fn grouped(known: &[Known<'_>], is_meant: impl Fn(&Known<'_>) -> bool) -> Vec<String> {
    let mut groups: Vec<(Vec<Isolation>, Vec<Subject>)> = Vec::new();
    for subject in subjects(known) {
        let meant = known
            .iter()
            .filter(|k| k.cell.subject == subject && is_meant(k));
        let at: Vec<Isolation> = meant.map(|known| known.cell.level).collect();
        match groups.iter_mut().find(|(levels, _)| *levels == at) {
            _ if at.is_empty() => {}
            Some((_, subjects)) => subjects.push(subject),
            None => groups.push((at, vec![subject])),
        }
    }
    groups.sort_by_key(|(levels, _)| std::cmp::Reverse(levels.len()));
    let all = levels(known);
    let in_words = |(at, subjects): &(Vec<Isolation>, Vec<Subject>)| {
        let at = match at.len() {
            n if n > 1 && n == all.len() => "every isolation level".into(),
            _ => listed(at),
        };
        // A service sets its level itself.
        match subjects.iter().all(|subject| subject.is_service()) {
            true => listed(subjects),
            false => format!("{} at {at}", listed(subjects)),
        }
    };
    groups.iter().map(in_words).collect()
}

/// The fix that sells most a second, beside the others.
struct Cheapest<'c> {
    best: &'c Compared<'c>,
    ratio: Interval,
    /// The fixes that cannot be told from the best, run beside run: what both have in
    /// common with the reference says nothing of the difference between them.
    tied: Vec<Cell>,
}

/// The fixes that are worth a comparison of their costs. What holds for carts of one line
/// alone, as the catalogue has it, is nothing to go for where something else holds.
fn worthwhile<'c>(compared: &'c [Compared<'c>], known: &[Known<'_>]) -> Vec<&'c Compared<'c>> {
    let mut fixes: Vec<&Compared<'_>> = compared.iter().filter(|c| is_fix(c, known)).collect();
    let is_for_all = |c: &&Compared<'_>| holds_for_all(c.summary.cell);
    if fixes.iter().any(is_for_all) {
        fixes.retain(is_for_all);
    }
    fixes
}

/// `None` where none of them can be compared with the reference.
fn cheapest<'c>(fixes: &[&'c Compared<'c>]) -> Option<Cheapest<'c>> {
    let ratios = fixes.iter().filter_map(|cell| Some((*cell, cell.ratio?)));
    let mut ratios: Vec<(&Compared<'_>, Interval)> = ratios.collect();
    ratios.sort_by(|(_, a), (_, b)| b.value.total_cmp(&a.value));
    let ((best, ratio), others) = ratios.split_first()?;
    let cells: Vec<&[RunResult]> = others.iter().map(|(cell, _)| cell.summary.runs).collect();
    let slower = slower(best.summary.runs, &cells);
    let cannot_be_told = others.iter().zip(slower).filter(|(_, slower)| !slower);
    // Of one run nothing can be told apart.
    let has_spread = ratio.half_width().is_finite();
    Some(Cheapest {
        best,
        ratio: *ratio,
        tied: cannot_be_told
            .filter(|_| has_spread)
            .map(|((cell, _), _)| cell.summary.cell)
            .collect(),
    })
}

/// The fix to use: the one that costs least. `None` where costs cannot be compared.
pub(in crate::report) fn fix(study: &Study) -> Option<Cell> {
    let compared = compare(study.load.as_ref()?, study.reference);
    let cheapest = cheapest(&worthwhile(&compared, &known(study)))?;
    Some(cheapest.best.summary.cell)
}

/// Which of the fixes sells most a second, and which others cannot be told from it.
fn cost(study: &Study, known: &[Known<'_>]) -> Option<String> {
    let reference = study.reference?;
    let compared = compare(study.load.as_ref()?, study.reference);
    let fixes = worthwhile(&compared, known);
    if fixes.len() < 2 {
        return None;
    }
    let Some(Cheapest { best, ratio, tied }) = cheapest(&fixes) else {
        return Some(format!("their costs cannot be compared with {reference}"));
    };
    let than = match best.is_reference {
        true => "what the others are compared with".to_owned(),
        false => {
            let times = real(ratio.value);
            format!("{times} times the {} of {reference}", rate(study))
        }
    };
    // The reference is its own measure.
    let sure = match best.is_reference && ratio.half_width().is_finite() {
        true => String::new(),
        false => format!(", {}", interval(ratio)),
    };
    let tied = match tied.is_empty() {
        true => String::new(),
        false => format!(", but {} cannot be told from it", listed(tied)),
    };
    let best = best.summary.cell;
    Some(format!(
        "of the fixes {best} costs least ({than}{sure}){tied}"
    ))
}

/// What the cells of a study are compared by.
fn rate(study: &Study) -> &'static str {
    let tables = study.load.as_ref().and_then(|load| load.tables.as_ref());
    match tables {
        Some(_) => on_own_tables("sales a second"),
        None => "sales a second",
    }
}

/// One of the three lines that say what a study comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// `broken`, `use` or `as good`.
    pub label: &'static str,
    /// What is said of it.
    pub text: String,
}

/// What a study comes to, in at most three lines: how much is broken, which fix to use,
/// and how many others are as good within noise. Empty where nothing was tried.
#[must_use]
pub fn in_short(study: &Study) -> Vec<Point> {
    let known = known(study);
    if !known.iter().any(Known::has_run) {
        return Vec::new();
    }
    let broken = Point {
        label: "broken",
        text: how_many_break(&known),
    };
    let compared = study
        .load
        .as_ref()
        .map(|load| compare(load, study.reference));
    let compared = compared.unwrap_or_default();
    let cheapest = cheapest(&worthwhile(&compared, &known));
    let choice = Point {
        label: "use",
        text: choice(study, &known, cheapest.as_ref()),
    };
    let tied = cheapest.map(|cheapest| cheapest.tied).unwrap_or_default();
    let as_good = (!tied.is_empty()).then(|| Point {
        label: "as good",
        text: format!("within noise: {}", first_few(&tied)),
    });
    [broken, choice].into_iter().chain(as_good).collect()
}

/// `13 of 33`, and how many others are not known to hold.
fn how_many_break(known: &[Known<'_>]) -> String {
    let n = |is: fn(&&Known<'_>) -> bool| known.iter().filter(is).count() as u64;
    let broken = n(|k| k.has_run() && k.worst().is_broken());
    let open = n(|k| k.has_run() && k.worst() == Verdict::Inconclusive);
    let unsupported = n(|k| k.worst() == Verdict::Unsupported);
    let left = n(|k| !k.has_run());
    let unsupported = (unsupported, "unsupported");
    let others = [unsupported, (open, "inconclusive"), (left, "not run")];
    let others = others.into_iter().filter(|(n, _)| *n > 0);
    let others = others.map(|(n, what)| format!(", {} {what}", count(n)));
    let all = count(known.len() as u64);
    format!("{} of {all}{}", count(broken), joined(others, ""))
}

/// The fix to use, and what it costs beside the reference.
fn choice(study: &Study, known: &[Known<'_>], cheapest: Option<&Cheapest<'_>>) -> String {
    let holds = known.iter().filter(|k| k.worst() == Verdict::Safe);
    let holding: Vec<Cell> = holds.map(|k| k.cell).collect();
    let (Some(Cheapest { best, ratio, .. }), Some(reference)) = (cheapest, study.reference) else {
        return match holding.as_slice() {
            [] => "nothing that was tried is proven to hold".into(),
            [only] => format!("{only}{}", with_caution(*only)),
            several => format!("any of {}", first_few(several)),
        };
    };
    let cell = best.summary.cell;
    let cost = match (best.is_reference, holding.len(), is_telling(*ratio)) {
        (_, 1, _) => "nothing else holds".into(),
        (true, ..) => "which the others are compared with".into(),
        (.., true) => format!("{} x the {} of {reference}", real(ratio.value), rate(study)),
        (.., false) => format!("but how much faster than {reference} is not known: {TOO_FEW_RUNS}"),
    };
    format!("{cell}{}, {cost}", with_caution(cell))
}

/// What a fix does not hold for.
fn with_caution(cell: Cell) -> &'static str {
    match holds_for_all(cell) {
        true => "",
        false => " (only for carts of one line)",
    }
}

/// Fixes that hold here, and would not with several lines in a cart.
fn caution(study: &Study, known: &[Known<'_>]) -> Option<String> {
    let lines = study.load.as_ref().map_or(1, |load| load.scenario.lines);
    let is_narrow = |k: &&Known<'_>| k.worst() == Verdict::Safe && !holds_for_all(k.cell);
    let narrow: Vec<Known<'_>> = known.iter().filter(is_narrow).cloned().collect();
    let is_met = lines == 1 && !narrow.is_empty();
    is_met.then(|| format!("{} only for carts of one line", listed(subjects(&narrow))))
}

fn is_fix(cell: &Compared<'_>, known: &[Known<'_>]) -> bool {
    known::at(known, cell.summary.cell).is_some_and(|known| known.worst() == Verdict::Safe)
}

/// Whether it holds for carts of several lines too, as far as the catalogue knows.
fn holds_for_all(cell: Cell) -> bool {
    subject::expected(cell, 2).is_none_or(|expected| expected == Verdict::Safe)
}
