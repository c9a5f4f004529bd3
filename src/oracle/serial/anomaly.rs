//! The name of an anomaly, where two actors depend on each other in a circle.
//!
//! An actor depends on another one in three ways (Adya, "Weak Consistency", 1999): it
//! read what the other one then changed (rw), it read what the other one had changed
//! (wr), or it changed what the other one had changed (ww). The whole script of an actor
//! counts as one, however many transactions it has: so also a value that one transaction
//! read and the next one wrote back is a lost update.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::history::{HistoryStep, SeenRow, StepClose, WrittenRow};

/// What the circle is called.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum AnomalyKind {
    /// A row was read, changed by another actor, and overwritten.
    LostUpdate,
    /// Each of two actors changed a row that the other one had read.
    WriteSkew,
    /// A table was looked through, and another actor added or removed a row.
    Phantom,
    /// One row was read before, and one after, the change of another actor.
    ReadSkew,
}

/// An anomaly with the actors and the row that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Anomaly {
    /// What it is called.
    pub kind: AnomalyKind,
    /// The actor that worked with what was no longer so.
    pub reader: usize,
    /// The actor that changed it.
    pub writer: usize,
    /// The row that was read and changed.
    pub row: SeenRow,
    /// All of it in a sentence.
    pub sentence: String,
}

/// A change that was committed.
struct Committed<'h> {
    actor: usize,
    written: &'h WrittenRow,
    wrote_at: usize,
    committed_at: usize,
}

/// A read with the step before whose commits it looks.
struct Read<'h> {
    actor: usize,
    seen: &'h SeenRow,
    at: usize,
    sees: usize,
    rewrites: bool,
}

/// The anomaly of a schedule, in letters from `A`; `None` if no circle of two actors
/// shows in what is known of its steps.
#[must_use]
pub fn find_anomaly(steps: &[HistoryStep]) -> Option<Anomaly> {
    let (reads, changes) = (reads(steps), changes(steps));
    let mut found = Vec::new();
    for read in &reads {
        for change in &changes {
            if change.actor != read.actor && overtakes(change, read) {
                found.extend(circle(read, change, &reads, &changes));
            }
        }
    }
    found.sort_by_key(|anomaly| anomaly.kind);
    found.into_iter().next()
}

fn reads(steps: &[HistoryStep]) -> Vec<Read<'_>> {
    let mut reads = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let sees = step.snapshot.unwrap_or(at);
        reads.extend(step.reads.iter().map(|seen| Read {
            actor: step.actor,
            seen,
            at,
            sees,
            rewrites: step.rewrites,
        }));
    }
    reads
}

fn changes(steps: &[HistoryStep]) -> Vec<Committed<'_>> {
    let mut changes = Vec::new();
    for (wrote_at, step) in steps.iter().enumerate() {
        let mut later = steps.iter().enumerate().skip(wrote_at);
        let close =
            later.find(|(_, later)| later.actor == step.actor && later.close != StepClose::Open);
        if let Some((committed_at, close)) = close
            && close.close == StepClose::Commit
        {
            changes.extend(step.writes.iter().map(|written| Committed {
                actor: step.actor,
                written,
                wrote_at,
                committed_at,
            }));
        }
    }
    changes
}

fn concerns(seen: &SeenRow, written: &WrittenRow) -> bool {
    seen.table == written.table && seen.row.as_ref().is_none_or(|row| *row == written.row)
}

/// Whether the change came after what the read saw (rw).
fn overtakes(change: &Committed<'_>, read: &Read<'_>) -> bool {
    concerns(read.seen, change.written) && change.committed_at >= read.sees
}

/// The way back from the writer to the reader, if there is one, and what the circle is
/// called for it.
fn circle(
    read: &Read<'_>,
    change: &Committed<'_>,
    reads: &[Read<'_>],
    changes: &[Committed<'_>],
) -> Vec<Anomaly> {
    let mut found = Vec::new();
    let own = changes.iter().filter(|own| own.actor == read.actor);
    for own in own {
        // ww: the reader wrote the same row after the change was there.
        let is_same =
            (&own.written.table, &own.written.row) == (&change.written.table, &change.written.row);
        // What it counted on then was the row with that change.
        let counts_on_it = reads.iter().any(|other| {
            let is_own = other.rewrites && other.actor == read.actor && other.at <= own.wrote_at;
            is_own && concerns(other.seen, change.written) && change.committed_at < other.sees
        });
        let is_later = own.committed_at > change.committed_at && own.wrote_at > read.at;
        if is_same && is_later && !counts_on_it {
            let sentence = lost_update(read, change, own);
            found.push(anomaly(AnomalyKind::LostUpdate, read, change, sentence));
        }
        // rw: the writer read what the reader changed.
        let back = reads.iter().filter(|back| back.actor == change.actor);
        for back in back.filter(|back| overtakes(own, back) && !is_same) {
            let kind = if is_phantom(read, change) || is_phantom(back, own) {
                AnomalyKind::Phantom
            } else {
                AnomalyKind::WriteSkew
            };
            let sentence = skew(kind, (read, change), (back, own));
            found.push(anomaly(kind, read, change, sentence));
        }
    }
    // wr: the reader saw something else that the writer had changed.
    let later = reads
        .iter()
        .filter(|later| later.actor == read.actor && later.at > read.at);
    for later in later {
        let saw = |other: &&Committed<'_>| {
            other.actor == change.actor
                && concerns(later.seen, other.written)
                && other.committed_at < later.sees
        };
        if let Some(saw) = changes.iter().find(saw) {
            let sentence = read_skew(read, change, saw);
            let kind = if is_phantom(read, change) && later.seen == read.seen {
                AnomalyKind::Phantom
            } else {
                AnomalyKind::ReadSkew
            };
            found.push(anomaly(kind, read, change, sentence));
        }
    }
    found
}

/// Whether a table was looked through to which a row was added, or from which one went.
fn is_phantom(read: &Read<'_>, change: &Committed<'_>) -> bool {
    let is_change = change.written.before.is_some() && change.written.after.is_some();
    read.seen.row.is_none() && !is_change
}

fn anomaly(
    kind: AnomalyKind,
    read: &Read<'_>,
    change: &Committed<'_>,
    sentence: String,
) -> Anomaly {
    Anomaly {
        kind,
        reader: read.actor,
        writer: change.actor,
        row: SeenRow {
            table: change.written.table.clone(),
            row: Some(change.written.row.clone()),
        },
        sentence,
    }
}

fn lost_update(read: &Read<'_>, change: &Committed<'_>, own: &Committed<'_>) -> String {
    format!(
        "Lost update: {reader} read {seen}, {writer} changed {row} {what}, and {reader}, which \
         had not seen that, wrote over it.",
        reader = letter(read.actor),
        writer = letter(change.actor),
        seen = read.seen,
        row = words(own.written),
        what = from_to(change.written),
    )
}

fn skew(
    kind: AnomalyKind,
    (read, change): (&Read<'_>, &Committed<'_>),
    (back, own): (&Read<'_>, &Committed<'_>),
) -> String {
    let name = if kind == AnomalyKind::Phantom {
        "Phantom"
    } else {
        "Write skew"
    };
    let (reader, writer) = (letter(read.actor), letter(change.actor));
    format!(
        "{name}: {reader} read {} before {writer} {}, and {writer} read {} before {reader} {}: \
         neither saw what the other one did.",
        read.seen,
        did(change.written),
        back.seen,
        did(own.written),
    )
}

fn read_skew(read: &Read<'_>, change: &Committed<'_>, saw: &Committed<'_>) -> String {
    let (reader, writer) = (letter(read.actor), letter(change.actor));
    format!(
        "Read skew: {reader} read {} before {writer} {}, and saw afterwards that {writer} {}.",
        read.seen,
        did(change.written),
        did(saw.written),
    )
}

fn words(written: &WrittenRow) -> String {
    format!("{} with {}", written.table, written.row)
}

fn did(written: &WrittenRow) -> String {
    let verb = match (&written.before, &written.after) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    };
    format!("{verb} {}", words(written))
}

fn from_to(written: &WrittenRow) -> String {
    let row = |values: &Option<Vec<_>>| match values {
        None => "nothing".to_owned(),
        Some(values) => {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            format!("({})", values.join(", "))
        }
    };
    format!("from {} to {}", row(&written.before), row(&written.after))
}

fn letter(actor: usize) -> char {
    super::end::letter(actor)
}
