//! How schedules end, in words.

use crate::explore::ending::Ending;
use crate::explore::schedule::letter;
use crate::explore::trace::{Happening, Trace};
use crate::oracle::Findings;
use crate::report::facts::number::joined;
use crate::report::facts::{broken, words};
use crate::session::{Error, Result};
use crate::shop::{Conflict, Outcome};
use crate::statement::Reply;

/// `A gave up after a deadlock, B sold; 1 of 1 sold, stock 0`; on tables of the user's own
/// (`is_own`) `A done, B done; oversold 1 row`.
pub(in crate::report) fn in_words(ending: &Ending, is_own: bool) -> String {
    let example = ending.example.as_ref();
    if is_own {
        return own_in_words(&ending.told, example, &ending.findings);
    }
    let told = told_in_words(&ending.told, example, false);
    let accounts = ending.accounts.iter().map(|account| {
        let sold = words::sold(account, ending.accounts.len() != 1);
        let stock = account
            .stock
            .map_or("none".into(), |stock| stock.to_string());
        format!("{sold}, stock {stock}")
    });
    format!("{}; {}", told, joined(accounts, "; "))
}

/// The same on tables of the user's own, of what the sessions were told and what is broken.
pub(in crate::report) fn own_in_words(
    told: &[Outcome],
    example: Option<&Trace>,
    findings: &Findings,
) -> String {
    let broken = joined(broken::by_schedule(findings), ", ");
    let broken = if broken.is_empty() {
        "nothing is broken".into()
    } else {
        broken
    };
    format!("{}; {broken}", told_in_words(told, example, true))
}

fn told_in_words(told: &[Outcome], example: Option<&Trace>, is_own: bool) -> String {
    let told = told.iter().enumerate();
    let told = told.map(|(at, told)| {
        let buyer = letter(at);
        let why = example.and_then(|trace| match told {
            Outcome::GaveUp => Some(after(lost_to(trace, buyer)?).to_owned()),
            Outcome::Failed => Some(format!(": {}", failed_with(trace, buyer)?)),
            _ => None,
        });
        let why = why.unwrap_or_default();
        format!("{buyer} {}{why}", words::answer(*told, is_own))
    });
    joined(told, ", ")
}

/// What a buyer failed of: of a script as its caller hears it, with the line and what may help,
/// and else the last error that a statement was answered with. `None` where there was none.
fn failed_with(trace: &Trace, buyer: char) -> Option<String> {
    let mut raised = trace.raised.iter();
    if let Some(raised) = raised.find(|raised| letter(raised.session as usize) == buyer) {
        return Some(raised.message.clone());
    }
    let mut replies = replies_backwards(trace, buyer);
    replies.find_map(|reply| Some(reply.as_ref().err()?.to_string()))
}

/// What the statements of a buyer were answered, the last one first.
fn replies_backwards(trace: &Trace, buyer: char) -> impl Iterator<Item = &Result<Reply>> {
    let steps = trace.steps.iter().rev();
    let happenings = steps.flat_map(|step| step.happenings.iter().rev());
    happenings.filter_map(move |happening| match happening {
        Happening::Reply { buyer: to, reply } if *to == buyer => Some(reply),
        _ => None,
    })
}

/// The conflict that ended the last attempt of a buyer; `None` where no reply shows one.
pub(in crate::report) fn lost_to(trace: &Trace, buyer: char) -> Option<Conflict> {
    let mut replies = replies_backwards(trace, buyer);
    replies.find_map(|reply| match reply {
        Err(Error::Conflict(conflict)) => Some(*conflict),
        // An update of a version that is no more changes no row, and is no error.
        Ok(Reply::Rows { affected: 0, .. }) => Some(Conflict::StaleVersion),
        _ => None,
    })
}

const fn after(conflict: Conflict) -> &'static str {
    match conflict {
        Conflict::Serialization => " after a serialization failure",
        Conflict::Deadlock => " after a deadlock",
        Conflict::LockTimeout => " after a lock timeout",
        Conflict::StaleVersion => " after its version went stale",
    }
}
