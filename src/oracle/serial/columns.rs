//! What stands in each column, learned from the runs of the serial orders.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::calibration::{Calibration, SerialRuns};
use super::end::{PartKind, SerialEnd, Sheaves, WallSpan, of_tables, sheaves};
use super::piece::{PieceKind, Pieces};
use super::selection::{ColumnChoice, Selection};
use super::slot::{self, OwnSlots, Ranges, Seen, SlotClass, ValueOrigin};
use super::token::{in_one_piece, take_apart};
use crate::value::Value;

/// How the values of a column are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnClass {
    /// Not at all.
    Ignored,
    /// By their rank among the values of the column.
    Ranked,
    /// As they are.
    Plain,
    /// In pieces.
    Apart(OwnSlots),
    /// As one generated value.
    Entire(OwnSlots),
}

/// A part of an end by its kind and name.
pub type PartName = (PartKind, String);

/// Every column, and the generated values that stood there before any run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnColumns {
    classes: HashMap<PartName, Vec<ColumnClass>>,
    before: HashSet<(ValueOrigin, String)>,
}

impl OwnColumns {
    /// The classes of a part's columns; none if no serial order had such a part.
    pub fn of(&self, kind: PartKind, name: &str) -> &[ColumnClass] {
        let key = (kind, name.to_owned());
        self.classes.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Whether a value stood there before any run: then no run generated it.
    pub fn is_old(&self, origin: ValueOrigin, text: &str) -> bool {
        self.before.contains(&(origin, text.to_owned()))
    }
}

/// What a survey of the serial runs found.
#[derive(Debug, Default)]
pub struct Survey {
    /// The columns.
    pub columns: OwnColumns,
    /// What differs between equal runs, for readers.
    pub unequal: BTreeSet<String>,
    /// What the sequences move that is no number of theirs, for readers.
    pub moved: BTreeSet<String>,
    /// The columns of each class, for readers.
    pub listed: BTreeMap<&'static str, BTreeSet<String>>,
}

/// One serial order with the advanced run that is looked at.
struct Runs<'c> {
    same: [(Sheaves<'c>, WallSpan); 2],
    advanced: Sheaves<'c>,
}

/// Surveys the columns. `pick` names the advanced run of an order; orders without one
/// are left out.
pub fn survey<'c>(
    calibration: &'c Calibration,
    selection: &Selection,
    meaningful: &[bool],
    pick: &dyn Fn(&'c SerialRuns) -> Option<&'c SerialEnd>,
) -> Survey {
    let mut survey = Survey::default();
    let mut all = Vec::new();
    for runs in &calibration.serials {
        let Some(advanced) = pick(runs) else { continue };
        let [one, two] = &runs.same;
        answers_differ(calibration, one, two, &mut survey.unequal);
        answers_differ(calibration, one, advanced, &mut survey.moved);
        all.push(Runs {
            same: [(sheaves(one), one.span), (sheaves(two), two.span)],
            advanced: sheaves(advanced),
        });
    }
    let sequences = calibration.sequences.iter().map(|s| (s.first, s.last));
    let sequences: Vec<(i64, i64)> = sequences.collect();
    let ranges = Ranges {
        sequences: &sequences,
        meaningful,
    };
    let start = of_tables(&calibration.start);
    let mut parts: BTreeMap<(PartKind, &str), Vec<&str>> = BTreeMap::new();
    for runs in &all {
        let every = [&runs.same[0].0, &runs.same[1].0, &runs.advanced];
        for (key, sheaf) in every.into_iter().flatten() {
            parts.insert(*key, sheaf.columns.clone());
        }
    }
    for (key, columns) in parts {
        if selection.table(key) == ColumnChoice::Ignored {
            continue;
        }
        counts_differ(key, &all, &mut survey);
        let of_column = |(at, column): (usize, &&str)| {
            let choice = selection.column(key, column);
            column_class(
                &all,
                &start,
                (key, at),
                choice,
                &ranges,
                &mut survey,
                column,
            )
        };
        let classes = columns.iter().enumerate().map(of_column).collect();
        survey
            .columns
            .classes
            .insert((key.0, key.1.to_owned()), classes);
    }
    survey
}

fn answers_differ(
    calibration: &Calibration,
    one: &SerialEnd,
    other: &SerialEnd,
    found: &mut BTreeSet<String>,
) {
    let names = calibration.actors.iter().map(|actor| actor.letter);
    for ((one, other), letter) in one.actors.iter().zip(&other.actors).zip(names) {
        if one.outcome != other.outcome {
            found.insert(format!("the outcome of {letter}"));
        }
    }
}

fn counts_differ(key: (PartKind, &str), all: &[Runs<'_>], survey: &mut Survey) {
    let count = |part: &Sheaves<'_>| part.get(&key).map_or(0, |sheaf| sheaf.rows.len());
    for runs in all {
        let one = count(&runs.same[0].0);
        if one != count(&runs.same[1].0) {
            survey
                .unequal
                .insert(format!("the number of rows of {}", part_words(key)));
        }
        if one != count(&runs.advanced) {
            survey
                .moved
                .insert(format!("the number of rows of {}", part_words(key)));
        }
    }
}

fn column_class(
    all: &[Runs<'_>],
    start: &Sheaves<'_>,
    (key, at): ((PartKind, &str), usize),
    choice: ColumnChoice,
    ranges: &Ranges<'_>,
    survey: &mut Survey,
    column: &str,
) -> ColumnClass {
    let words = column_words(key, column);
    match choice {
        ColumnChoice::Ignored => return ColumnClass::Ignored,
        ColumnChoice::Ranked => return ColumnClass::Ranked,
        ColumnChoice::Compared => {}
    }
    let cells = |part: &Sheaves<'_>, taken: fn(&Value) -> Pieces| -> Vec<Pieces> {
        let rows = part.get(&key).into_iter().flat_map(|sheaf| &sheaf.rows);
        rows.filter_map(|row| row.get(at)).map(taken).collect()
    };
    let seen = |taken: fn(&Value) -> Pieces| -> Vec<Seen> {
        let of_runs = |runs: &Runs<'_>| Seen {
            same: [0, 1].map(|run| (cells(&runs.same[run].0, taken), runs.same[run].1)),
            advanced: cells(&runs.advanced, taken),
            start: cells(start, taken),
        };
        all.iter().map(of_runs).collect()
    };
    let apart = seen(take_apart);
    let is_apart = slot::can_be_taken_apart(&apart);
    let seen = if is_apart { apart } else { seen(in_one_piece) };
    let slots = slot::classify(&seen, ranges);
    note_old(&seen, &slots, &mut survey.columns.before);
    list(&slots, &words, survey);
    let is_plain = |slot: &slot::OwnSlot| slot.class == SlotClass::Plain;
    if slots.values().flatten().all(is_plain) && !has_times(&seen) {
        return ColumnClass::Plain;
    }
    if is_apart {
        ColumnClass::Apart(slots)
    } else {
        ColumnClass::Entire(slots)
    }
}

fn has_times(seen: &[Seen]) -> bool {
    let cells = seen.iter().flat_map(|seen| &seen.same[0].0);
    cells
        .flat_map(|cell| &cell.pieces)
        .any(|piece| piece.kind == PieceKind::Time)
}

/// Notes the generated values that stood there before any run.
fn note_old(seen: &[Seen], slots: &OwnSlots, before: &mut HashSet<(ValueOrigin, String)>) {
    for cell in seen.first().into_iter().flat_map(|seen| &seen.start) {
        let Some(slots) = slots.get(&cell.skeleton) else {
            continue;
        };
        for (piece, slot) in cell.pieces.iter().zip(slots) {
            if let SlotClass::Generated(origin) = slot.class {
                before.insert((origin, label_text(&piece.text).to_owned()));
            }
        }
    }
}

/// A number without the zeros before it, so that `ORD-0007` shares it with the id 7.
pub fn label_text(text: &str) -> &str {
    let short = text.trim_start_matches('0');
    if short.starts_with(|c: char| c.is_ascii_digit()) {
        short
    } else {
        text
    }
}

fn list(slots: &OwnSlots, words: &str, survey: &mut Survey) {
    for slot in slots.values().flatten() {
        let heading = match slot.class {
            SlotClass::Plain => None,
            SlotClass::Generated(ValueOrigin::Sequence(_)) => Some("sequence"),
            SlotClass::Generated(ValueOrigin::Drawn) => Some("drawn"),
            SlotClass::Clock(_) => Some("clock"),
            SlotClass::Mixed => Some("mixed"),
            SlotClass::Unexplained => {
                survey.unequal.insert(words.to_owned());
                None
            }
        };
        if let Some(heading) = heading {
            survey
                .listed
                .entry(heading)
                .or_default()
                .insert(words.to_owned());
        }
        if slot.is_derived {
            survey.moved.insert(words.to_owned());
        }
    }
}

/// The name of a part for readers.
pub fn part_words((kind, name): (PartKind, &str)) -> String {
    match kind {
        PartKind::Rows => name.to_owned(),
        PartKind::Effects => format!("the effect {name}"),
        PartKind::Shown => format!("the shown value {name}"),
        PartKind::Told => "the outcomes".to_owned(),
    }
}

fn column_words(key: (PartKind, &str), column: &str) -> String {
    match key.0 {
        PartKind::Rows => format!("{}.{column}", key.1),
        _ => part_words(key),
    }
}
