//! Faults between a service and its database, in words: those that were asked for, and those that
//! were put in.

use crate::report::facts::number::{count, joined, many};
use crate::report::facts::summary::Summary;
use crate::scenario::{FaultRates, Scenario, set_duration};

/// `cut 0.02, pause 0.1 of 10ms`: the shares that were asked for; `None` where there are none.
pub(in crate::report) fn asked(rates: &FaultRates) -> Option<String> {
    let named = rates.named().into_iter().filter(|(_, rate)| *rate > 0.0);
    let each = named.map(|(flag, rate)| match flag {
        "pause" => format!("pause {rate} of {}", set_duration(rates.pause_us)),
        _ => format!("{flag} {rate}"),
    });
    let all = joined(each, ", ");
    (!all.is_empty()).then_some(all)
}

/// What was put in, in one line; `None` where nothing was asked for.
pub(in crate::report) fn in_words(summary: &Summary<'_>) -> Option<String> {
    let counts = summary.put_in.as_ref()?;
    let kinds = [
        (counts.cut, "connection", "cut"),
        (counts.lost_requests, "commit", "lost before the server"),
        (
            counts.lost_replies,
            "commit",
            "carried out and not answered",
        ),
        (counts.pauses, "statement", "held back"),
    ];
    let came = kinds.into_iter().filter(|(n, _, _)| *n > 0);
    let all = joined(
        came.map(|(n, what, how)| format!("{} {how}", many(n, what))),
        ", ",
    );
    let among = format!(
        "among {}, {} of them commits",
        many(counts.statements, "statement"),
        count(counts.commits)
    );
    Some(match all.as_str() {
        "" => format!("none, {among}"),
        all => format!("{all}; {among}"),
    })
}

/// Why a clean end says nothing where a fault did not come.
pub(in crate::report) fn missing(
    summary: &Summary<'_>,
    scenario: &Scenario,
    dashes: &str,
) -> String {
    let counts = summary.put_in.as_ref();
    match counts.and_then(|counts| counts.missing(&scenario.faults)) {
        Some(what) => format!(
            "{what} was asked for and did not come once: raise its share, {dashes}buyers or \
             {dashes}runs"
        ),
        None => format!("in no run came every fault that was asked for: raise {dashes}buyers"),
    }
}

/// Why it says nothing where buyers failed for another reason.
pub(in crate::report) fn more_failed(summary: &Summary<'_>) -> String {
    let mut counted = summary.runs.iter().filter_map(|run| {
        let cut = run.put_in?.connections_cut();
        Some((run.outcomes.failed, cut))
    });
    let (failed, cut) = counted
        .find(|(failed, cut)| failed > cut)
        .unwrap_or_default();
    format!(
        "of one run {} failed, and {} cut by faults: why the others failed is not known",
        many(failed, "checkout"),
        match cut {
            1 => "1 connection was".to_owned(),
            cut => format!("{} connections were", count(cut)),
        },
    )
}
