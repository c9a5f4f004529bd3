//! What many buyers on tables of the user's own came to, in words.

use std::collections::{BTreeMap, BTreeSet};

use crate::load::{CallerError, OwnRun};
use crate::report::facts::changed;
use crate::report::facts::number::{joined, many};
use crate::report::facts::put_in;
use crate::report::facts::summary::Summary;

/// Of the rows that an invariant answered no more are shown beside each other.
const ROWS_SHOWN: usize = 2;

/// As [`found`], behind the faults that were put in.
pub(in crate::report) fn put_in_and_found(summary: &Summary<'_>) -> Vec<String> {
    let put_in = put_in::in_words(summary).map(|line| format!("put in: {line}"));
    put_in.into_iter().chain(found(summary)).collect()
}

/// What was found, a line each: the rows that invariants answered in the first run that
/// breaks them, the errors that reached callers, and what shows without a race as well.
/// Nothing in the shop.
pub(in crate::report) fn found(summary: &Summary<'_>) -> Vec<String> {
    let runs: Vec<&OwnRun> = summary
        .runs
        .iter()
        .filter_map(|run| run.own.as_ref())
        .collect();
    let (rows, errors) = (rows(&runs), errors(&runs));
    let without = match summary.put_in {
        None => without_race(&runs, ""),
        Some(_) => without_race(&runs, " and without a fault"),
    };
    let of_errors = (summary.put_in.is_some() && !errors.is_empty()).then(|| NO_FINDING.into());
    let found = rows.into_iter().chain(errors).chain(of_errors);
    let holds = summary.put_in.iter().flat_map(|_| holding(&runs));
    found.chain(without).chain(holds).collect()
}

/// What breaks, and holds without a race and without a fault.
fn holding(runs: &[&OwnRun]) -> Vec<String> {
    let looked_at = runs
        .iter()
        .filter_map(|run| Some((run, run.without_race.as_ref()?)));
    let names: BTreeSet<&str> = looked_at
        .flat_map(|(run, alone)| {
            let broken = run.broken.iter().map(|broken| &*broken.invariant);
            broken.filter(|name| !alone.broken.contains(*name))
        })
        .collect();
    let line = |name| format!("{name} holds one buyer after the other and without a fault");
    names.into_iter().map(line).collect()
}

const NO_FINDING: &str = "an error is no finding here: a fault may be its cause";

fn rows(runs: &[&OwnRun]) -> Vec<String> {
    let mut named = BTreeSet::new();
    let all = runs.iter().flat_map(|run| &run.broken);
    let first = all.filter(|broken| named.insert(broken.invariant.clone()));
    let line = |broken| {
        let mut rows = changed::rows_of(broken);
        rows.truncate(ROWS_SHOWN);
        let more = broken.total.saturating_sub(rows.len() as u64);
        let more = (more > 0).then(|| format!("and {}", many(more, "more row")));
        let rows = joined(rows.into_iter().chain(more), "; ");
        format!("{} answered: {rows}", broken.invariant)
    };
    first.map(line).collect()
}

fn errors(runs: &[&OwnRun]) -> Vec<String> {
    let mut all: BTreeMap<&str, CallerError> = BTreeMap::new();
    for (code, error) in runs.iter().flat_map(|run| &run.errors) {
        let sum = all.entry(code).or_default();
        sum.count += error.count;
        if sum.message.is_empty() {
            sum.message.clone_from(&error.message);
        }
    }
    let line = |(code, CallerError { count, message }): (&str, CallerError)| {
        // The message of an error of the server may name its code already.
        let message = message.strip_prefix(code).unwrap_or(&message);
        let message = message.trim_start_matches([':', ' ']);
        format!("{} heard {code}: {message}", many(count, "buyer"))
    };
    all.into_iter().map(line).collect()
}

/// `besides` says what else was left out.
fn without_race(runs: &[&OwnRun], besides: &str) -> Vec<String> {
    let shown = runs.iter().filter_map(|run| run.without_race.as_ref());
    let names: BTreeSet<&str> = shown
        .flat_map(|seen| {
            let raised = seen.raised.iter();
            seen.broken.iter().chain(raised).map(String::as_str)
        })
        .collect();
    let line =
        |name| format!("{name} breaks also without a race{besides}, one buyer after the other");
    let is_open = |run: &&&OwnRun| {
        run.without_race.is_none() && !(run.broken.is_empty() && run.errors.is_empty())
    };
    let open = runs.iter().find(|run| is_open(run)).map(|run| {
        match run.is_visited {
            false => {
                "the run ended before the same buyers came one after the other: what no race does \
                 is not told apart"
            }
            true => {
                "the service runs already, and nothing is put back there: whether the same breaks \
                 without a race is not known"
            }
        }
        .to_owned()
    });
    names.into_iter().map(line).chain(open).collect()
}
