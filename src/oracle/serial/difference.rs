//! How an end differs from a serial one, row by row.

use std::collections::{BTreeMap, HashMap};

use super::end::{PartKind, SerialEnd, letter};
use super::judgement::{ChangedRow, EndDifference, OutcomeDifference, PartDifference};
use super::picture::{CellPicture, Picture, RowPicture};
use crate::value::Value;

/// Compares two ends by their pictures, which were drawn in one scope.
pub fn difference(
    (here, pictured): (&SerialEnd, &Picture<'_>),
    (there, other): (&SerialEnd, &Picture<'_>),
) -> EndDifference {
    let mut renaming = Renaming::default();
    let left = renaming.match_equal(pictured, other);
    let mut by_part: BTreeMap<(PartKind, &str), [Vec<&RowPicture<'_>>; 2]> = BTreeMap::new();
    for (side, rows) in left.into_iter().enumerate() {
        for row in rows {
            // What is gone on one side alone is there on the other.
            let side = if row.is_gone { 1 - side } else { side };
            by_part.entry(row.part).or_default()[side].push(row);
        }
    }
    let mut found = EndDifference::default();
    for (part, [mine, theirs]) in by_part {
        if part.0 == PartKind::Told {
            found.outcomes = mine
                .iter()
                .filter_map(|row| row.actor)
                .map(|actor| OutcomeDifference {
                    actor,
                    here: here.actors[actor].outcome,
                    there: there.actors[actor].outcome,
                })
                .collect();
            continue;
        }
        let values = |row: &RowPicture<'_>| -> Vec<Value> {
            let actor = row
                .actor
                .map(|actor| Value::Text(letter(actor).to_string().into()));
            actor
                .into_iter()
                .chain(row.values.iter().cloned())
                .collect()
        };
        let columns = columns(part, here).or_else(|| columns(part, there));
        let actor = (part.0 != PartKind::Rows).then_some("actor");
        let pairs = pair(&mine, &theirs, &renaming);
        let shift = usize::from(actor.is_some());
        let paired = |side: usize, at: usize| pairs.iter().any(|(pair, _)| pair[side] == at);
        let alone = |side: usize, rows: &[&RowPicture<'_>]| -> Vec<Vec<Value>> {
            let rows = rows.iter().enumerate().filter(|(at, _)| !paired(side, *at));
            rows.map(|(_, row)| values(row)).collect()
        };
        let changed = pairs.iter().map(|([at, other], columns)| ChangedRow {
            here: values(mine[*at]),
            there: values(theirs[*other]),
            columns: columns.iter().map(|column| column + shift).collect(),
        });
        found.parts.push(PartDifference {
            kind: part.0,
            name: part.1.to_owned(),
            columns: actor
                .map(str::to_owned)
                .into_iter()
                .chain(columns.unwrap_or_default())
                .collect(),
            only_here: alone(0, &mine),
            only_there: alone(1, &theirs),
            changed: changed.collect(),
        });
    }
    found
}

/// The names of the columns of a part, if the end has it.
fn columns((kind, name): (PartKind, &str), end: &SerialEnd) -> Option<Vec<String>> {
    if kind != PartKind::Rows {
        return Some(vec!["value".into()]);
    }
    let table = end.tables.iter().find(|(of, _)| **of == *name);
    table.map(|(_, table)| table.columns.iter().map(ToString::to_string).collect())
}

/// Which generated value here stands for which one there, as far as rows match.
#[derive(Default)]
struct Renaming {
    there: HashMap<usize, usize>,
    here: HashMap<usize, usize>,
}

impl Renaming {
    /// How many labels a match would bind; `None` if one is bound to another one.
    fn new_bonds(&self, here: &[usize], there: &[usize]) -> Option<usize> {
        if here.len() != there.len() {
            return None;
        }
        let mut new = 0;
        let mut own: (HashMap<usize, usize>, HashMap<usize, usize>) = Default::default();
        for (mine, other) in here.iter().zip(there) {
            let bound = self.there.get(mine).or_else(|| own.0.get(mine));
            let back = self.here.get(other).or_else(|| own.1.get(other));
            match (bound, back) {
                (Some(bound), Some(back)) if bound == other && back == mine => {}
                (None, None) => {
                    own.0.insert(*mine, *other);
                    own.1.insert(*other, *mine);
                    new += 1;
                }
                _ => return None,
            }
        }
        Some(new)
    }

    fn bind(&mut self, here: &[usize], there: &[usize]) {
        for (mine, other) in here.iter().zip(there) {
            self.there.insert(*mine, *other);
            self.here.insert(*other, *mine);
        }
    }

    /// Matches rows that are equal under one renaming, those that bind least first. The
    /// rows of each side that are left. It is greedy: it explains and does not judge.
    fn match_equal<'p, 'e>(
        &mut self,
        here: &'p Picture<'e>,
        there: &'p Picture<'e>,
    ) -> [Vec<&'p RowPicture<'e>>; 2] {
        let mut mine: Vec<&RowPicture<'_>> = here.rows.iter().collect();
        let mut theirs: Vec<&RowPicture<'_>> = there.rows.iter().collect();
        while let Some((at, other)) = self.best(&mine, &theirs) {
            let (row, other) = (mine.remove(at), theirs.remove(other));
            self.bind(&labels(row), &labels(other));
        }
        [mine, theirs]
    }

    fn best(&self, mine: &[&RowPicture<'_>], theirs: &[&RowPicture<'_>]) -> Option<(usize, usize)> {
        let mut best: Option<(usize, usize, usize)> = None;
        for (at, row) in mine.iter().enumerate() {
            let own = labels(row);
            for (other_at, other) in theirs.iter().enumerate() {
                if !is_alike(row, other) {
                    continue;
                }
                let Some(bonds) = self.new_bonds(&own, &labels(other)) else {
                    continue;
                };
                if bonds == 0 {
                    return Some((at, other_at));
                }
                if best.is_none_or(|(least, ..)| bonds < least) {
                    best = Some((bonds, at, other_at));
                }
            }
        }
        best.map(|(_, at, other)| (at, other))
    }
}

fn labels(row: &RowPicture<'_>) -> Vec<usize> {
    row.cells
        .iter()
        .flat_map(|cell| cell.labels.iter().copied())
        .collect()
}

fn is_alike(one: &RowPicture<'_>, other: &RowPicture<'_>) -> bool {
    let fixed = |a: &CellPicture, b: &CellPicture| a.fixed == b.fixed;
    (one.part, one.actor, one.is_gone) == (other.part, other.actor, other.is_gone)
        && one.cells.len() == other.cells.len()
        && one.cells.iter().zip(&other.cells).all(|(a, b)| fixed(a, b))
}

/// Two rows by their numbers, and the columns in which they differ.
type Pair = ([usize; 2], Vec<usize>);

/// Pairs rows that are the same row with other values: of one actor, with an equal first
/// column or at least half of the columns equal.
fn pair(mine: &[&RowPicture<'_>], theirs: &[&RowPicture<'_>], renaming: &Renaming) -> Vec<Pair> {
    let mut candidates = Vec::new();
    for (at, row) in mine.iter().enumerate() {
        for (other_at, other) in theirs.iter().enumerate() {
            if row.actor != other.actor {
                continue;
            }
            let differs = differing(row, other, renaming);
            let is_key_equal = !differs.contains(&0);
            let equal = row.cells.len() - differs.len();
            if row.actor.is_some() || is_key_equal || 2 * equal >= row.cells.len() {
                candidates.push((!is_key_equal, differs.len(), [at, other_at], differs));
            }
        }
    }
    candidates.sort();
    let mut pairs: Vec<Pair> = Vec::new();
    for (_, _, pair, differs) in candidates {
        let is_free = |(taken, _): &Pair| taken[0] != pair[0] && taken[1] != pair[1];
        if pairs.iter().all(is_free) {
            pairs.push((pair, differs));
        }
    }
    pairs
}

fn differing(one: &RowPicture<'_>, other: &RowPicture<'_>, renaming: &Renaming) -> Vec<usize> {
    let cells = one.cells.iter().zip(&other.cells).enumerate();
    let differs = |(_, (a, b)): &(usize, (&CellPicture, &CellPicture))| {
        a.fixed != b.fixed || renaming.new_bonds(&a.labels, &b.labels).is_none()
    };
    cells.filter(differs).map(|(column, _)| column).collect()
}
