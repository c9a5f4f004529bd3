//! An end as it is compared: rows of fixed text with generated values as labels.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

use super::clock::{self, Distance};
use super::columns::{ColumnClass, OwnColumns, label_text};
use super::delta::changed_rows;
use super::end::{EndTable, PartKind, SerialEnd, WallSpan, outside};
use super::piece::{Piece, PieceKind, Pieces};
use super::selection::{ColumnChoice, Selection};
use super::slot::{OwnSlot, SlotClass, ValueOrigin};
use super::token::{in_one_piece, take_apart, whole};
use crate::value::Value;

/// One value: what must be equal, and the labels in it, by number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct CellPicture {
    /// What must be equal.
    pub fixed: String,
    /// The generated values in it, from left to right.
    pub labels: Vec<usize>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowPicture<'e> {
    /// Which part it is a row of.
    pub part: (PartKind, &'e str),
    /// Its values; of how a script ended, none.
    pub values: &'e [Value],
    /// Whether it was there before the run, and is not any more.
    pub is_gone: bool,
    /// Of effects, shown values and answers, the actor.
    pub actor: Option<usize>,
    /// The values of the columns that are compared; ignored ones are empty.
    pub cells: Vec<CellPicture>,
}

/// An end, or a part of it, as it is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture<'e> {
    /// The rows that are new since the start, and those that are gone, in whatever
    /// sequence.
    pub rows: Vec<RowPicture<'e>>,
    /// The generated values, by label.
    pub labels: Vec<(ValueOrigin, String)>,
}

/// What of an end is compared beside rows and effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AnswerScope {
    /// The actors whose outcomes count, one bit each.
    pub actors: u64,
    /// Whether the values shown to them count.
    pub shown: bool,
}

impl AnswerScope {
    /// Whether an actor's answers count.
    pub const fn has(self, actor: usize) -> bool {
        self.actors & (1 << actor) != 0
    }
}

/// The bits of these actors.
pub fn bits(actors: impl IntoIterator<Item = usize>) -> u64 {
    actors.into_iter().fold(0, |bits, actor| bits | 1 << actor)
}

/// Draws an end.
pub fn draw<'e>(
    end: &'e SerialEnd,
    start: &'e [EndTable],
    columns: &OwnColumns,
    selection: &Selection,
    scope: AnswerScope,
) -> Picture<'e> {
    let mut drawing = Drawing {
        columns,
        span: end.span,
        numbers: HashMap::new(),
        picture: Picture::default(),
    };
    let mut parts = outside_parts(end);
    for (name, table) in &end.tables {
        let key = (PartKind::Rows, &**name);
        let before = start.iter().find(|(other, _)| other == name);
        let before = before.map(|(_, before)| before);
        // A rank is one among all rows, those that stay included: so a table that has one is
        // always drawn whole.
        let is_ranked = columns.of(key.0, key.1).contains(&ColumnClass::Ranked);
        let is_as_before = before.is_some_and(|before| Arc::ptr_eq(table, before)) && !is_ranked;
        if !is_as_before && selection.table(key) == ColumnChoice::Compared {
            let [gone, new] = match is_ranked {
                true => [Vec::new(), table.rows().collect()],
                false => changed_rows(before, table),
            };
            let actors = Vec::new();
            parts.insert(key, DrawnPart { gone, new, actors });
        }
    }
    for (key, part) in parts {
        if selection.table(key) == ColumnChoice::Compared {
            drawing.part(key, &part, scope);
        }
    }
    for (actor, told) in end.actors.iter().enumerate() {
        if scope.has(actor) {
            let fixed = told.outcome.name().to_owned();
            let cell = CellPicture {
                fixed,
                labels: Vec::new(),
            };
            drawing.picture.rows.push(RowPicture {
                part: (PartKind::Told, ""),
                values: &[],
                is_gone: false,
                actor: Some(actor),
                cells: vec![cell],
            });
        }
    }
    drawing.picture
}

/// The rows of a part that are drawn.
struct DrawnPart<'e> {
    /// Those that are gone since the start.
    gone: Vec<&'e [Value]>,
    /// Those that are new.
    new: Vec<&'e [Value]>,
    /// Of effects and shown values, the actor of each new one.
    actors: Vec<usize>,
}

/// Effects and shown values: all of them are new.
fn outside_parts(end: &SerialEnd) -> BTreeMap<(PartKind, &str), DrawnPart<'_>> {
    let drawn = outside(end).into_iter().map(|(key, sheaf)| {
        let (gone, new, actors) = (Vec::new(), sheaf.rows, sheaf.actors);
        (key, DrawnPart { gone, new, actors })
    });
    drawn.collect()
}

struct Drawing<'e, 'c> {
    columns: &'c OwnColumns,
    span: WallSpan,
    numbers: HashMap<(ValueOrigin, String), usize>,
    picture: Picture<'e>,
}

impl<'e> Drawing<'e, '_> {
    fn part(&mut self, part: (PartKind, &'e str), rows: &DrawnPart<'e>, scope: AnswerScope) {
        let columns = self.columns;
        let classes = columns.of(part.0, part.1);
        let ranks = ranks(&rows.new, classes);
        let mut drawn = Vec::new();
        for (at, &values) in rows.new.iter().enumerate() {
            let actor = rows.actors.get(at).copied();
            let counts = scope.shown && actor.is_none_or(|actor| scope.has(actor));
            if part.0 != PartKind::Shown || counts {
                let cells = self.cells(values, classes, &ranks);
                drawn.push(RowPicture {
                    part,
                    values,
                    is_gone: false,
                    actor,
                    cells,
                });
            }
        }
        for &values in &rows.gone {
            let cells = self.cells(values, classes, &ranks);
            drawn.push(RowPicture {
                part,
                values,
                is_gone: true,
                actor: None,
                cells,
            });
        }
        without_pairs(&mut drawn);
        self.picture.rows.append(&mut drawn);
    }

    fn cells(
        &mut self,
        row: &[Value],
        classes: &[ColumnClass],
        ranks: &HashMap<usize, HashMap<&Value, usize>>,
    ) -> Vec<CellPicture> {
        let cell = |(column, value): (usize, &Value)| match classes.get(column) {
            Some(ColumnClass::Ignored) => CellPicture::default(),
            Some(ColumnClass::Ranked) => ranked(&ranks[&column], value),
            Some(ColumnClass::Apart(slots)) => self.cell(&take_apart(value), slots),
            Some(ColumnClass::Entire(slots)) => self.cell(&in_one_piece(value), slots),
            Some(ColumnClass::Plain) | None => CellPicture {
                fixed: whole(value),
                labels: Vec::new(),
            },
        };
        row.iter().enumerate().map(cell).collect()
    }

    fn cell(&mut self, pieces: &Pieces, slots: &HashMap<String, Vec<OwnSlot>>) -> CellPicture {
        let mut cell = CellPicture {
            fixed: pieces.skeleton.clone(),
            labels: Vec::new(),
        };
        let slots = slots.get(&pieces.skeleton);
        for (at, piece) in pieces.pieces.iter().enumerate() {
            match slots.map(|slots| &slots[at]) {
                Some(slot) => self.piece(piece, slot, &mut cell),
                // A skeleton that no serial order has: all but the clock is compared.
                None if piece.kind == PieceKind::Time => {
                    let now = [Distance {
                        from_us: 0,
                        to_us: 0,
                    }];
                    self.moment(piece, &now, &mut cell);
                }
                None => as_it_is(piece, &mut cell),
            }
        }
        cell
    }

    fn piece(&mut self, piece: &Piece, slot: &OwnSlot, cell: &mut CellPicture) {
        match &slot.class {
            SlotClass::Plain => as_it_is(piece, cell),
            SlotClass::Clock(distances) => self.moment(piece, distances, cell),
            SlotClass::Mixed | SlotClass::Unexplained => cell.fixed.push('\u{5}'),
            SlotClass::Generated(origin) => {
                let text = label_text(&piece.text);
                let is_fixed = slot.fixed.contains(&piece.text);
                if is_fixed || self.columns.is_old(*origin, text) {
                    as_it_is(piece, cell);
                } else {
                    let label = self.label(*origin, text);
                    let _ = write!(cell.fixed, "\u{6}{}", origin_mark(*origin));
                    cell.labels.push(label);
                }
            }
        }
    }

    /// A moment at a known distance from the run is as good as another one.
    fn moment(&self, piece: &Piece, known: &[Distance], cell: &mut CellPicture) {
        let own = clock::distances(piece.kind, &piece.text, self.span);
        let fits = |known: &Distance| own.iter().any(|own| own.and(*known).is_some());
        match known.iter().position(fits) {
            Some(number) => {
                let _ = write!(cell.fixed, "\u{7}{number}");
            }
            None => as_it_is(piece, cell),
        }
    }

    fn label(&mut self, origin: ValueOrigin, text: &str) -> usize {
        let key = (origin, text.to_owned());
        if let Some(label) = self.numbers.get(&key) {
            return *label;
        }
        let label = self.picture.labels.len();
        self.picture.labels.push(key.clone());
        self.numbers.insert(key, label);
        label
    }
}

/// A row that was changed in nothing that is compared is neither gone nor new.
fn without_pairs(rows: &mut Vec<RowPicture<'_>>) {
    let mut gone: HashMap<Vec<CellPicture>, usize> = HashMap::new();
    for row in rows.iter().filter(|row| row.is_gone) {
        *gone.entry(row.cells.clone()).or_default() += 1;
    }
    if gone.is_empty() {
        return;
    }
    let mut met = gone.clone();
    met.values_mut().for_each(|count| *count = 0);
    rows.retain(|row| match gone.get_mut(&row.cells) {
        Some(count) if !row.is_gone && *count > 0 => {
            *count -= 1;
            *met.entry(row.cells.clone()).or_default() += 1;
            false
        }
        _ => true,
    });
    rows.retain(|row| match met.get_mut(&row.cells) {
        Some(count) if row.is_gone && *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    });
}

/// The length goes before the text: no two cells are written alike by accident.
fn as_it_is(piece: &Piece, cell: &mut CellPicture) {
    let _ = write!(cell.fixed, "\u{8}{}:{}", piece.text.len(), piece.text);
}

fn origin_mark(origin: ValueOrigin) -> usize {
    match origin {
        ValueOrigin::Drawn => 0,
        ValueOrigin::Sequence(sequence) => sequence + 1,
    }
}

fn ranked(ranks: &HashMap<&Value, usize>, value: &Value) -> CellPicture {
    CellPicture {
        fixed: format!("rank {}", ranks[value]),
        labels: Vec::new(),
    }
}

/// The rank of each value of a column that is compared by rank.
fn ranks<'e>(
    rows: &[&'e [Value]],
    classes: &[ColumnClass],
) -> HashMap<usize, HashMap<&'e Value, usize>> {
    let of_column = |column: usize| {
        let mut values: Vec<&Value> = rows.iter().map(|row| &row[column]).collect();
        values.sort_by(|a, b| by_size(a, b));
        values.dedup();
        values
            .into_iter()
            .enumerate()
            .map(|(rank, value)| (value, rank))
            .collect()
    };
    let columns = classes.iter().enumerate();
    let ranked = columns.filter(|(_, class)| **class == ColumnClass::Ranked);
    ranked
        .map(|(column, _)| (column, of_column(column)))
        .collect()
}

/// Numbers by size, also where they are read as text, and before everything else.
fn by_size(a: &Value, b: &Value) -> std::cmp::Ordering {
    let number = |value: &Value| value.to_string().parse::<f64>().ok();
    match (number(a), number(b)) {
        (Some(x), Some(y)) => x.total_cmp(&y).then_with(|| a.cmp(b)),
        (None, None) => a.cmp(b),
        (x, y) => x.is_none().cmp(&y.is_none()),
    }
}
