//! Verdicts, violations and doubts in plain words.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::explore::bounds::AllWithin;
use crate::explore::found::Found;
use crate::explore::reduction::Whole;
use crate::explore::reproduced::Reproduced;
use crate::explore::trace::Trace;
use crate::load::RunResult;
use crate::oracle::{Doubt, EVIDENCE_MIN, Verdict};
use crate::report::facts::number::{count, joined, many, percent, real};
use crate::report::facts::put_in;
use crate::report::facts::raced;
use crate::report::facts::statistics::Interval;
use crate::report::facts::summary::Summary;
use crate::scenario::{Arrival, Scenario};

/// From this share of the time on the harness may be slower than what it
/// measures.
const BUSY_MAX: f64 = 0.9;

/// Of a cell that did not run.
pub(in crate::report) const NOTHING_FOUND: &str = "it did not run, so nothing was found";

/// Of a ratio that is not known well enough to be shown.
pub(in crate::report) const TOO_FEW_RUNS: &str = "too few runs";

/// The ends of an interval that is worth its numbers are not further apart than this
/// factor: twice as much, or half as much, is still known from as much.
const FACTOR_MAX: f64 = 4.0;

/// Whether a ratio is known well enough to be shown.
pub(in crate::report) fn is_telling(ratio: Interval) -> bool {
    ratio.high <= ratio.low * FACTOR_MAX
}

/// What a verdict means, as a clause.
pub(in crate::report) const fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Violates => "an invariant does not hold",
        Verdict::NotSerializable => "it ends as no serial order does: one session after the other",
        Verdict::NotAtomic => "a session that was told that nothing happened left something behind",
        Verdict::Oversells => "more units were promised than there were",
        Verdict::LosesUpdates => {
            "stock went down by less than was sold: buyers overwrote each other"
        }
        Verdict::LosesOrders => {
            "buyers were told \"sold\", and their order is missing or incomplete"
        }
        Verdict::InventsOrders => "there are orders that no buyer was promised",
        Verdict::Duplicates => "one checkout placed several orders",
        Verdict::Leaks => "stock went down, and no order accounts for it",
        Verdict::Undersells => "buyers were turned away although their cart still fitted",
        Verdict::RaisesErrors => {
            "an error reached a caller that reaches none where one comes after the other"
        }
        Verdict::StaleAnswer => {
            "what was written is as in a serial order, what a caller was told or shown is not"
        }
        Verdict::Unsupported => "it cannot be followed, so nothing is proven",
        Verdict::Inconclusive => "nothing is proven either way",
        Verdict::Safe => "nothing was broken, under contention that could have broken it",
    }
}

/// What a verdict means of an exploration, as a clause; `is_own` on tables of the user's own.
/// There safe is what no serial order contradicts, and nothing is said of the program.
pub(in crate::report) const fn explored(verdict: Verdict, is_own: bool) -> &'static str {
    match (verdict, is_own) {
        (Verdict::Safe, false) => "no schedule of these buyers breaks anything",
        (Verdict::Safe, true) => "no end contradicts a serial order",
        (other, _) => meaning(other),
    }
}

/// In how many schedules a verdict shows: `80 (87.0 %)`.
pub(in crate::report) fn proving(found: &Found, verdict: Verdict) -> String {
    if let Some(only) = raced::proving(found, verdict) {
        return only;
    }
    let (n, different) = (found.proving(verdict), found.different());
    // Representatives do not stand for equally many.
    match found.reduced {
        true => format!("{} of {} representatives", count(n), count(different)),
        false => {
            let share = percent(n as f64 / different.max(1) as f64);
            format!("{} ({share})", count(n))
        }
    }
}

/// What a search that was stopped by a bound has covered, where it broke nothing.
pub(in crate::report) fn covered(found: &Found) -> Option<String> {
    let AllWithin {
        switches,
        schedules,
    } = found.covered.all_within?;
    let of = match switches {
        0 => "without a switch".into(),
        1 => "of at most 1 switch".into(),
        n => format!("of at most {n} switches"),
    };
    let is_clean = found.judgement.proven.is_empty();
    let all = many(schedules, "schedule");
    is_clean.then(|| format!("nothing broken in all {all} {of}"))
}

/// In how many of the schedules a verdict shows, as a clause behind it: ` in 12 of 92
/// schedules`; nothing where it is not proven.
pub(in crate::report) fn share(found: &Found, verdict: Verdict) -> String {
    if let Some(only) = raced::proving(found, verdict) {
        return format!(" in {only}");
    }
    let (n, different) = (found.proving(verdict), count(found.different()));
    match (n, found.reduced, found.covered.exhausted) {
        (0, ..) => String::new(),
        (_, true, _) => format!(" in {} of {different} representatives", count(n)),
        (_, false, true) => format!(" in {} of {different} schedules", count(n)),
        (_, false, false) => format!(" in {} of the {different} schedules tried", count(n)),
    }
}

/// How many of the schedules that were tried break something: `80/92`, or `0/100+` where
/// there are more than were tried.
pub(in crate::report) fn breaking_of(found: &Found) -> String {
    let more = if found.covered.exhausted { "" } else { "+" };
    format!(
        "{}/{}{more}",
        count(breaking(found)),
        count(found.different())
    )
}

/// How many of the schedules that were tried break something.
pub(in crate::report) fn breaking(found: &Found) -> u64 {
    let breaking = found.endings.iter().filter(|e| !e.proven.is_empty());
    breaking.map(|ending| ending.count).sum()
}

/// How many schedules were tried, and of how many: `92`, `6 stand for 1,332`.
pub(in crate::report) fn tried(found: &Found, whole: Option<Whole>) -> String {
    let run = count(found.covered.schedules);
    let of = match whole {
        Some(whole) if whole.is_all => count(whole.schedules),
        Some(whole) => format!(">{}", count(whole.schedules)),
        None => "an unknown number".into(),
    };
    match (found.covered.exhausted, found.reduced) {
        (true, false) => run,
        (true, true) => format!("{run} stand for {of}"),
        (false, false) => format!("{run} of {of}"),
        (false, true) => format!("{run}, not all of those for {of}"),
    }
}

/// `2 buyers, 1 context switch, 10 steps`.
pub(in crate::report) fn extent(trace: &Trace) -> String {
    let switches = trace.schedule.switches();
    let plural = if switches == 1 { "" } else { "es" };
    let actor = if trace.is_own() { "session" } else { "buyer" };
    format!(
        "{}, {switches} context switch{plural}, {}",
        many(trace.schedule.sessions().len() as u64, actor),
        many(trace.steps.len() as u64, "step"),
    )
}

/// How often the counterexample came to the same ending again; `None` where it was not
/// run again.
pub(in crate::report) fn reproduced(found: &Found) -> Option<String> {
    let Reproduced { times, of } = found.reproduced?;
    let decides = if times < of {
        ": the server decides"
    } else {
        ""
    };
    Some(format!("reproduced {times} of {of}{decides}"))
}

/// How sure a mean over runs is.
pub(in crate::report) fn interval(interval: Interval) -> String {
    if !interval.half_width().is_finite() {
        return "one run: no spread; raise --runs".into();
    }
    let Interval { low, high, .. } = interval;
    format!("95 % interval {} to {}", real(low), real(high))
}

/// `a`, `a and b`, `a, b and c`.
pub(in crate::report) fn listed<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    match items.as_slice() {
        [several @ .., last] if !several.is_empty() => format!("{} and {last}", several.join(", ")),
        one_or_none => one_or_none.concat(),
    }
}

/// The first two by name; of more, how many.
pub(in crate::report) fn first_few<T: Display>(items: &[T]) -> String {
    const NAMED: usize = 2;
    match items.len().saturating_sub(NAMED) {
        0 => listed(items),
        more => format!("{} + {more} more", joined(&items[..NAMED], ", ")),
    }
}

/// What to change where a verdict is not what it could be: one sentence each. Settings
/// are named with `dashes` before them, as flags; without, as in a file.
pub(in crate::report) fn advice(
    summary: &Summary<'_>,
    scenario: &Scenario,
    dashes: &str,
) -> Vec<String> {
    let mut advice = Vec::new();
    if summary.findings.count("unsold") > 0 && summary.outcomes.gave_up > 0 {
        let buyers = many(summary.outcomes.gave_up, "buyer");
        let tries = match scenario.max_tries {
            1 => "one try".to_owned(),
            n => format!("{n} tries"),
        };
        advice.push(format!(
            "{buyers} gave up after {tries}: raise {dashes}max-tries or {dashes}retry-delay"
        ));
    }
    if summary.judgement.proven.is_empty() {
        let doubts = summary.judgement.doubts.iter();
        advice.extend(doubts.map(|doubt| doubt_in_words(*doubt, summary, scenario, dashes)));
    }
    advice
}

/// Says of all these cells together whether replies had to wait for `sim`.
pub(in crate::report) fn busy_client(summaries: &[Summary<'_>]) -> Option<String> {
    let busy = |summary: &Summary<'_>| summary.client_busy().filter(|busy| *busy >= BUSY_MAX);
    let all: Vec<f64> = summaries.iter().filter_map(busy).collect();
    let most = all.iter().copied().reduce(f64::max)?;
    let so_busy = match (all.len(), summaries.len()) {
        (_, 1) => "sim itself was busy".to_owned(),
        (n, of) => format!("in {n} of {of} cells sim itself was busy up to"),
    };
    Some(format!(
        "{so_busy} {} of the time, running or waiting for a processor: it or too small a machine \
         may be what is measured here, not the database",
        percent(most),
    ))
}

/// What went wrong in these runs that has nothing to do with concurrency, each as
/// what it is (`server lost: `, `2 x `) and the message.
pub(in crate::report) fn faults(runs: &[RunResult]) -> impl Iterator<Item = (String, &str)> {
    runs.iter().map(|run| &run.faults).flat_map(|faults| {
        let named = |name: &str, why| (name.to_owned(), why);
        let lost = faults
            .server_lost
            .iter()
            .map(move |why| named("server lost: ", why));
        let unread = faults
            .not_audited
            .iter()
            .map(move |why| named("not audited: ", why));
        let messages = faults.messages.iter();
        let messages = messages.map(|(what, n)| (format!("{} x ", count(*n)), what));
        let all = lost.chain(unread).chain(messages);
        all.map(|(what, message)| (what, message.as_str()))
    })
}

/// What went wrong in a cell that has nothing to do with concurrency, as a
/// clause: the worst of it, with the most frequent message.
pub(in crate::report) fn fault(summary: &Summary<'_>) -> Option<String> {
    let faults = || summary.runs.iter().map(|run| &run.faults);
    if let Some(why) = faults().find_map(|faults| faults.server_lost.as_ref()) {
        return Some(format!("the server was lost: {why}"));
    }
    if let Some(why) = faults().find_map(|faults| faults.not_audited.as_ref()) {
        return Some(format!("the ledger could not be read: {why}"));
    }
    let mut messages: BTreeMap<&String, u64> = BTreeMap::new();
    for (message, n) in faults().flat_map(|faults| &faults.messages) {
        *messages.entry(message).or_default() += n;
    }
    let (message, _) = messages.iter().max_by_key(|(_, n)| **n)?;
    let outcomes = &summary.outcomes;
    let (n, what) = match (outcomes.failed, outcomes.unknown) {
        (0, 0) => (messages.values().sum(), "met a fault"),
        (0, unknown) => (unknown, "do not know whether they bought"),
        (failed, _) => (failed, "failed"),
    };
    let all = many(outcomes.total(), "buyer");
    Some(format!("{} of {all} {what}: {message}", count(n)))
}

/// `2 of 5 runs`, where fewer were made than planned; `None` where all were, or
/// none.
pub(in crate::report) fn missing_runs(summary: &Summary<'_>) -> Option<String> {
    let made = summary.runs.len() as u64;
    let is_missing = summary.has_run() && summary.is_missing_runs();
    is_missing.then(|| format!("{} of {}", count(made), many(summary.planned.into(), "run")))
}

/// What takes from the worth of a verdict: `2 of 5 runs, faults`; `None` where
/// nothing does.
pub(in crate::report) fn reserve(summary: &Summary<'_>) -> Option<String> {
    let faults = summary.has_faults().then(|| "faults".to_owned());
    let all = joined(missing_runs(summary).into_iter().chain(faults), ", ");
    (!all.is_empty()).then_some(all)
}

fn doubt_in_words(
    doubt: Doubt,
    summary: &Summary<'_>,
    scenario: &Scenario,
    dashes: &str,
) -> String {
    match doubt {
        Doubt::LittleContention if summary.is_own => format!(
            "only {} that buyers met ({EVIDENCE_MIN} needed): raise {}{dashes}connections or \
             {dashes}runs",
            many(summary.evidence.total(), "sign"),
            match scenario.arrival {
                Arrival::Burst => format!("{dashes}buyers, "),
                Arrival::Poisson { .. } => format!("{dashes}rate, "),
            },
        ),
        Doubt::LittleContention if scenario.cart_wants() > scenario.stock.into() => {
            no_cart_fits(scenario, dashes)
        }
        Doubt::LittleContention => format!(
            "only {} for the last units ({EVIDENCE_MIN} needed): raise {}{dashes}connections, \
             {dashes}think-time or {dashes}runs, or lower {dashes}stock",
            many(summary.evidence.total(), "race"),
            match scenario.arrival {
                Arrival::Burst => format!("{dashes}buyers, "),
                Arrival::Poisson { .. } => format!("{dashes}rate, "),
            },
        ),
        Doubt::Interrupted => match missing_runs(summary) {
            Some(runs) => format!("it ended after {runs}"),
            None if !summary.has_run() => "it did not run".into(),
            None => "the run ended before every buyer had their turn".into(),
        },
        Doubt::NothingChanged => "no buyer changed a row".into(),
        Doubt::SeveralRows => "statements that take several rows were not raced".into(),
        Doubt::BodyReaches => "bodies of functions or triggers touch other tables".into(),
        Doubt::Unexplained => "a column differs between two equal serial runs".into(),
        Doubt::TooManyAlike => "too many generated values look alike to compare".into(),
        Doubt::OrdersNotTried => "there are too many sessions for every serial order".into(),
        Doubt::ChosenInProgram => "requests waited in the program, in one order of several".into(),
        Doubt::NotFollowed => "it cannot be followed".into(),
        Doubt::BreaksElsewhere => "it is known to break in another small shop".into(),
        Doubt::NotExhausted => "schedules are left that were not tried".into(),
        Doubt::UnknownUnresolved => format!(
            "{} got no reply to COMMIT and could not be looked up",
            many(summary.outcomes.unknown, "checkout"),
        ),
        Doubt::BuyersFailed => format!(
            "{} failed, and how they would have been answered is not known: see the faults",
            many(summary.outcomes.failed, "checkout"),
        ),
        Doubt::DemandBelowSupply => format!(
            "the buyers who were answered wanted fewer units than there were: raise \
             {dashes}buyers or lower {dashes}stock"
        ),
        Doubt::DemandEqualsSupply => format!(
            "the buyers who were answered wanted just what there was: updates can be lost and \
             buyers be turned away, and nothing can be oversold; raise {dashes}buyers or lower \
             {dashes}stock"
        ),
        Doubt::CartsDoNotFit => no_cart_fits(scenario, dashes),
        Doubt::NothingRefused => format!(
            "units are left, and yet no buyer was refused for lack of stock: raise \
             {dashes}max-tries or {dashes}buyers, or lower {dashes}stock"
        ),
        Doubt::FaultsMissing => put_in::missing(summary, scenario, dashes),
        Doubt::MoreFailed => put_in::more_failed(summary),
        Doubt::NotAudited => "the ledger could not be read".into(),
    }
}

fn no_cart_fits(scenario: &Scenario, dashes: &str) -> String {
    format!(
        "no cart fits: each wants {} of a product, and the stock is {}: raise {dashes}stock or lower \
         {dashes}units",
        many(scenario.cart_wants(), "unit"),
        count(scenario.stock.into()),
    )
}
