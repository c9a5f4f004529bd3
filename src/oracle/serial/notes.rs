//! What the page must say of how ends are compared.

use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::calibration::{Calibration, SerialRuns};
use super::columns::{Survey, survey};
use super::selection::Selection;

/// How the ends are compared. Columns stand as `table.column`, effects and shown values
/// in words; each list is sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SerialNotes {
    /// Numbers of sequences: compared by the rows that share them.
    pub of_sequences: Vec<String>,
    /// Values such as uuids: compared by the rows that share them.
    pub drawn: Vec<String>,
    /// Values of the clock: any moment of the run is as good as another one.
    pub of_the_clock: Vec<String>,
    /// Numbers of several sequences in one column, which are not compared.
    pub mixed: Vec<String>,
    /// Sequences whose numbers carry meaning: compared by value.
    pub by_value: Vec<String>,
    /// What an advanced sequence changed beside its own numbers.
    pub moved: Vec<String>,
    /// What differs between equal runs without a known reason: nothing is safe.
    pub unexplained: Vec<String>,
    /// What the user excluded.
    pub ignored: Vec<Arc<str>>,
    /// What the user wants compared by rank.
    pub ordered: Vec<Arc<str>>,
}

impl SerialNotes {
    fn of(
        calibration: &Calibration,
        survey: &Survey,
        meaningful: &[bool],
        moved: BTreeSet<String>,
    ) -> Self {
        let listed = |heading: &str| -> Vec<String> {
            let found = survey.listed.get(heading).into_iter().flatten();
            found.cloned().collect()
        };
        let sequences = calibration.sequences.iter().zip(meaningful);
        let by_value = sequences.filter(|(_, is)| **is);
        let sorted = |names: &[Arc<str>]| {
            let mut names = names.to_vec();
            names.sort_unstable();
            names
        };
        Self {
            of_sequences: listed("sequence"),
            drawn: listed("drawn"),
            of_the_clock: listed("clock"),
            mixed: listed("mixed"),
            by_value: by_value
                .map(|(sequence, _)| sequence.name.to_string())
                .collect(),
            moved: moved.into_iter().collect(),
            unexplained: survey.unequal.iter().cloned().collect(),
            ignored: sorted(&calibration.ignore),
            ordered: sorted(&calibration.ordered),
        }
    }
}

/// Surveys the columns, and once more if a sequence turns out to carry meaning.
pub fn learn(calibration: &Calibration, selection: &Selection) -> (Survey, SerialNotes) {
    let count = calibration.sequences.len();
    let mut meaningful = vec![false; count];
    let mut found = survey(calibration, selection, &meaningful, &|runs| {
        Some(&runs.advanced)
    });
    let moved = found.moved.clone();
    if !moved.is_empty() {
        for (sequence, meaningful) in calibration.sequences.iter().zip(&mut meaningful) {
            let of_sequence = |runs: &SerialRuns| {
                runs.alone
                    .iter()
                    .position(|(name, _)| *name == sequence.name)
            };
            let alone = survey(calibration, selection, &vec![false; count], &|runs| {
                of_sequence(runs).map(|at| &runs.alone[at].1)
            });
            *meaningful = !alone.moved.is_empty();
        }
        if !meaningful.contains(&true) {
            meaningful.fill(true);
        }
        found = survey(calibration, selection, &meaningful, &|runs| {
            Some(&runs.advanced)
        });
    }
    let notes = SerialNotes::of(calibration, &found, &meaningful, moved);
    (found, notes)
}
