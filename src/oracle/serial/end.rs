//! What one schedule, or one serial order, left behind and told its actors.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shop::Outcome;
use crate::value::{Table, Value};

/// A table with its name. One that is as at the start is best the same [`Arc`]: then none of
/// its rows is looked at.
pub type EndTable = (Arc<str>, Arc<Table>);

/// Something done outside the tables that no rollback takes back, such as a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideEffect {
    /// The actor that caused it, from 0.
    pub actor: usize,
    /// What it is called in the script.
    pub name: Arc<str>,
    /// Its value.
    pub value: Value,
}

/// What one actor was told, and what is known of its work.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Told {
    /// How its script ended; `NotStarted` of an actor that took no part in a serial order.
    pub outcome: Outcome,
    /// The values that the script shows its caller, by name.
    pub shown: Vec<(Arc<str>, Value)>,
    /// Its connection was cut: what it did may have happened or not.
    pub is_cut: bool,
    /// It committed a change of a row.
    pub wrote: bool,
}

impl Told {
    /// An actor that took no part.
    #[must_use]
    pub const fn absent() -> Self {
        Self {
            outcome: Outcome::NotStarted,
            shown: Vec::new(),
            is_cut: false,
            wrote: false,
        }
    }

    /// Whether its script may have happened or not.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.is_cut || self.outcome == Outcome::Unknown
    }

    /// Whether its caller believes that nothing happened.
    pub(super) const fn is_told_nothing_happened(&self) -> bool {
        matches!(
            self.outcome,
            Outcome::Failed | Outcome::GaveUp | Outcome::NotStarted
        )
    }
}

/// The time that a run took by the server's clock, in microseconds since 1970 (UTC),
/// both ends included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct WallSpan {
    /// Not after the first statement.
    pub from_us: i64,
    /// Not before the last reply.
    pub to_us: i64,
}

/// The end of a schedule or of a serial order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialEnd {
    /// All tables with all rows, in whatever sequence.
    pub tables: Vec<EndTable>,
    /// Effects outside the tables.
    pub effects: Vec<OutsideEffect>,
    /// What each actor was told, by its number.
    pub actors: Vec<Told>,
    /// When it ran.
    pub span: WallSpan,
}

/// The letter of an actor, where no name is at hand.
pub fn letter(actor: usize) -> char {
    let letter = u8::try_from(actor)
        .ok()
        .and_then(|actor| b'A'.checked_add(actor));
    letter.map_or('?', char::from)
}

/// Which part of an end is looked at.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// Rows of a table of the user's.
    Rows,
    /// Effects of one name.
    Effects,
    /// Shown values of one name.
    Shown,
    /// How the actors' scripts ended.
    Told,
}

/// Rows of named columns: a table, or effects and shown values written as one, so that
/// one renaming goes through all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheaf<'e> {
    /// What they are.
    pub kind: PartKind,
    /// The columns' names.
    pub columns: Vec<&'e str>,
    /// Row after row.
    pub rows: Vec<&'e [Value]>,
    /// Of effects and shown values, the actor of each row.
    pub actors: Vec<usize>,
}

/// The parts of an end by kind and name.
pub type Sheaves<'e> = BTreeMap<(PartKind, &'e str), Sheaf<'e>>;

/// Takes an end apart.
pub fn sheaves(end: &SerialEnd) -> Sheaves<'_> {
    let mut parts = of_tables(&end.tables);
    parts.append(&mut outside(end));
    parts
}

/// The effects of an end and the values that were shown.
pub fn outside(end: &SerialEnd) -> Sheaves<'_> {
    let mut parts = Sheaves::new();
    for effect in &end.effects {
        let key = (PartKind::Effects, &*effect.name);
        note(&mut parts, key, effect.actor, &effect.value);
    }
    for (actor, told) in end.actors.iter().enumerate() {
        for (name, value) in &told.shown {
            note(&mut parts, (PartKind::Shown, name), actor, value);
        }
    }
    parts
}

/// Takes the tables alone apart.
pub fn of_tables<'e>(tables: impl IntoIterator<Item = &'e EndTable>) -> Sheaves<'e> {
    let part = |(name, table): &'e EndTable| {
        let sheaf = Sheaf {
            kind: PartKind::Rows,
            columns: table.columns.iter().map(AsRef::as_ref).collect(),
            rows: table.rows().collect(),
            actors: Vec::new(),
        };
        ((PartKind::Rows, &**name), sheaf)
    };
    tables.into_iter().map(part).collect()
}

fn note<'e>(parts: &mut Sheaves<'e>, key: (PartKind, &'e str), actor: usize, value: &'e Value) {
    let sheaf = parts.entry(key).or_insert_with(|| Sheaf {
        kind: key.0,
        columns: vec!["value"],
        rows: Vec::new(),
        actors: Vec::new(),
    });
    sheaf.rows.push(std::slice::from_ref(value));
    sheaf.actors.push(actor);
}
