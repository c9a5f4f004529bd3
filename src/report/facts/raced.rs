//! What sessions came to that were released at the same time, in words.

use crate::explore::found::Found;
use crate::explore::race::{Raced, RacedEnd, RacedStatement};
use crate::explore::reach::Reach;
use crate::oracle::Verdict;
use crate::report::facts::number::{count, joined, many};
use crate::report::facts::{changed, ending};

/// `3 of 200 simultaneous runs`, of a verdict that no schedule shows.
pub(in crate::report) fn proving(found: &Found, verdict: Verdict) -> Option<String> {
    let raced = found.raced.as_ref()?;
    let times = raced.proving(verdict);
    (found.proving(verdict) == 0 && times > 0).then(|| of_runs(raced, times))
}

/// `3 of 200 simultaneous runs`.
pub(in crate::report) fn of_runs(raced: &Raced, times: u64) -> String {
    format!(
        "{} of {}",
        count(times),
        many(raced.runs, "simultaneous run")
    )
}

/// What was released together, and what came of it that no schedule came to.
pub(in crate::report) fn lines(raced: &Raced) -> Vec<String> {
    let statement = |it: &RacedStatement| format!("{} at line {}", it.session, it.line);
    let statements = joined(raced.statements.iter().map(statement), ", ");
    let mut lines = vec![format!(
        "released at the same time {}: {statements} take several rows each{}",
        many(raced.runs, "time"),
        apart(raced),
    )];
    lines.extend(raced.ends.iter().map(|end| end_in_words(raced, end)));
    if raced.others > 0 {
        let others = of_runs(raced, raced.others);
        lines.push(format!("in {others}: other ends that no schedule has"));
    }
    if raced.ends.is_empty() {
        lines.push("no end came that no schedule has: that proves nothing".into());
    }
    lines
}

/// How often the statements did not stand side by side.
fn apart(raced: &Raced) -> String {
    match raced.runs - raced.met {
        0 => String::new(),
        apart => format!(
            "; in {} of these they did not stand side by side",
            count(apart)
        ),
    }
}

/// `in 3 of 200 simultaneous runs, and in no schedule: A done, B failed; ...`.
pub(in crate::report) fn end_in_words(raced: &Raced, end: &RacedEnd) -> String {
    let (of_runs, trace) = (of_runs(raced, end.count), &end.example);
    let said = ending::own_in_words(&trace.told, Some(trace), &trace.findings);
    format!("in {of_runs}, and in no schedule: {said}")
}

/// The rows that were changed in the end, a line each.
pub(in crate::report) fn rows(end: &RacedEnd) -> Vec<String> {
    end.changes.iter().map(changed::in_words).collect()
}

/// The first of the ends that break something, and that no schedule comes to.
pub(in crate::report) fn worst(found: &Found) -> Option<(&Raced, &RacedEnd)> {
    let raced = found.raced.as_ref()?;
    let worst = raced.ends.first()?;
    (!worst.example.proven.is_empty()).then_some((raced, worst))
}

/// `add at line 2: trigger log on meter touches audit, which the statement does not: ...`.
pub(in crate::report) fn reach_in_words(reach: &Reach) -> String {
    let Reach {
        operation, line, ..
    } = reach;
    let bodies = match reach.bodies.as_slice() {
        [] => "a function or trigger".into(),
        some => joined(some, ", "),
    };
    format!(
        "{operation} at line {line}: {bodies} touched {}, which the statement does not: a body is \
         one step, and what comes between its statements is no step",
        joined(&reach.tables, ", ")
    )
}
