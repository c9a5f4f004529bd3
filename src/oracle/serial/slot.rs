//! The places in a column where a value is generated, and what kind of value it is.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::clock::{self, Distance};
use super::end::WallSpan;
use super::piece::{Piece, PieceKind, Pieces};

/// So many characters are no accident: two runs that have no value of this length in
/// common drew them.
const LONG_LENGTH: usize = 8;

/// Where a generated value comes from. Values of different origins are never the same
/// one, even if they are written alike: order 3 is not payment 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ValueOrigin {
    /// A sequence, by its number in the calibration.
    Sequence(usize),
    /// Drawn from so many that none comes twice, such as uuids.
    Drawn,
}

/// What stands in a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlotClass {
    /// A value of the program's, compared as it is.
    Plain,
    /// A generated value, compared by the rows that share it.
    Generated(ValueOrigin),
    /// A moment within the run, or at these distances from it; other values as they are.
    Clock(Vec<Distance>),
    /// Numbers of several sequences, which are not compared.
    Mixed,
    /// It differs between two equal runs, and the reason is not known: not compared, and
    /// nothing is safe.
    Unexplained,
}

/// A slot: what stands in it, and which values of it are none that is generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSlot {
    /// What stands in it.
    pub class: SlotClass,
    /// Values that are the same whatever the sequences gave.
    pub fixed: HashSet<String>,
    /// It differs with the sequences, and not as a number of theirs does.
    pub is_derived: bool,
}

/// The slots of a column by the skeleton of a value.
pub type OwnSlots = HashMap<String, Vec<OwnSlot>>;

/// One column in the three runs of one serial order.
pub struct Seen {
    /// The first two runs, from the same values of the sequences, with their spans.
    pub same: [(Vec<Pieces>, WallSpan); 2],
    /// The run with sequences advanced.
    pub advanced: Vec<Pieces>,
    /// Values of the rows from which the run begins.
    pub start: Vec<Pieces>,
}

/// What the advanced run says of numbers.
pub struct Ranges<'c> {
    /// The numbers of each sequence, both ends included.
    pub sequences: &'c [(i64, i64)],
    /// The sequences whose numbers carry meaning.
    pub meaningful: &'c [bool],
}

impl Ranges<'_> {
    fn of(&self, text: &str) -> Option<usize> {
        let number: i64 = text.parse().ok()?;
        let holds = |(first, last): &(i64, i64)| (*first..=*last).contains(&number);
        self.sequences.iter().position(holds)
    }
}

/// Whether equal runs have the same skeletons, and advanced runs of the same length too.
pub fn can_be_taken_apart(seen: &[Seen]) -> bool {
    seen.iter().all(|seen| {
        let [one, two] = [0, 1].map(|run| skeletons(&seen.same[run].0));
        let advanced = skeletons(&seen.advanced);
        one == two && (one == advanced || seen.advanced.len() != seen.same[0].0.len())
    })
}

fn skeletons(cells: &[Pieces]) -> Vec<&str> {
    let mut skeletons: Vec<&str> = cells.iter().map(|cell| &*cell.skeleton).collect();
    skeletons.sort_unstable();
    skeletons
}

/// Tells the slots of a column.
pub fn classify(seen: &[Seen], ranges: &Ranges<'_>) -> OwnSlots {
    let mut keys: BTreeMap<&str, usize> = BTreeMap::new();
    for seen in seen {
        let cells = seen.same[0].0.iter().chain(&seen.same[1].0);
        for cell in cells.chain(&seen.advanced) {
            keys.insert(&cell.skeleton, cell.pieces.len());
        }
    }
    let slots = |(skeleton, count): (&str, usize)| {
        let slot = |at| classify_slot(&at_slot(seen, skeleton, at), ranges);
        (skeleton.to_owned(), (0..count).map(slot).collect())
    };
    keys.into_iter().map(slots).collect()
}

/// What stands in one slot in the runs of one order, sorted.
struct AtSlot<'s> {
    same: [Vec<&'s Piece>; 2],
    spans: [WallSpan; 2],
    advanced: Vec<&'s Piece>,
    start: HashSet<&'s str>,
}

fn at_slot<'s>(seen: &'s [Seen], skeleton: &str, at: usize) -> Vec<AtSlot<'s>> {
    let pick = |cells: &'s [Pieces]| {
        let such = cells.iter().filter(|cell| cell.skeleton == skeleton);
        let mut pieces: Vec<&Piece> = such.map(|cell| &cell.pieces[at]).collect();
        pieces.sort_unstable_by(|a, b| a.text.cmp(&b.text));
        pieces
    };
    let of_order = |seen: &'s Seen| AtSlot {
        same: [0, 1].map(|run| pick(&seen.same[run].0)),
        spans: [0, 1].map(|run: usize| seen.same[run].1),
        advanced: pick(&seen.advanced),
        start: pick(&seen.start).iter().map(|piece| &*piece.text).collect(),
    };
    seen.iter().map(of_order).collect()
}

/// What the first list has and the second one has not; both are sorted.
fn beyond<'s>(some: &[&'s Piece], others: &[&'s Piece]) -> Vec<&'s Piece> {
    let mut others = others.iter().peekable();
    let mut left = Vec::new();
    for &piece in some {
        while others.next_if(|other| other.text < piece.text).is_some() {}
        if others.next_if(|other| other.text == piece.text).is_none() {
            left.push(piece);
        }
    }
    left
}

fn classify_slot(orders: &[AtSlot<'_>], ranges: &Ranges<'_>) -> OwnSlot {
    let differs = orders.iter().any(|order| order.same[0] != order.same[1]);
    let (class, is_derived) = if let Some(distances) = clock_distances(orders) {
        (SlotClass::Clock(distances), false)
    } else if differs {
        (unequal(orders), false)
    } else {
        advanced(orders, ranges)
    };
    let other_run = |order: &AtSlot<'_>| -> HashSet<String> {
        let other = if differs {
            &order.same[1]
        } else {
            &order.advanced
        };
        other.iter().map(|piece| piece.text.clone()).collect()
    };
    let fixed = orders.iter().flat_map(|order| {
        let other = other_run(order);
        let texts = order.same[0].iter().map(|piece| piece.text.clone());
        texts.filter(move |text| other.contains(text))
    });
    let fixed = fixed.collect();
    OwnSlot {
        class,
        fixed,
        is_derived,
    }
}

/// The distances of a slot of the clock: all that differs between equal runs keeps its
/// distance from the run, or is a moment within it. `None` if that is not so.
fn clock_distances(orders: &[AtSlot<'_>]) -> Option<Vec<Distance>> {
    let mut found = vec![Distance {
        from_us: 0,
        to_us: 0,
    }];
    let mut is_clock = false;
    for order in orders {
        let pieces = order.same[0]
            .iter()
            .filter(|piece| !order.start.contains(&*piece.text));
        is_clock |= pieces
            .into_iter()
            .any(|piece| piece.kind == PieceKind::Time || is_now(piece, order.spans[0]));
        let [one, two] = [(0, 1), (1, 0)].map(|(run, other)| {
            let mut left = beyond(&order.same[run], &order.same[other]);
            left.retain(|piece| !is_now(piece, order.spans[run]));
            left
        });
        for (run, left, others) in [(0, &one, &two), (1, &two, &one)] {
            for piece in left {
                let own = distances(piece, order.spans[run]);
                let other = others
                    .iter()
                    .flat_map(|other| distances(other, order.spans[1 - run]));
                let other: Vec<Distance> = other.collect();
                let both = own
                    .iter()
                    .flat_map(|own| other.iter().filter_map(|d| own.and(*d)));
                found.push(both.min_by_key(|both| both.from_us.abs())?);
                is_clock = true;
            }
        }
    }
    is_clock.then(|| merged(found))
}

fn distances(piece: &Piece, span: WallSpan) -> Vec<Distance> {
    clock::distances(piece.kind, &piece.text, span)
}

fn is_now(piece: &Piece, span: WallSpan) -> bool {
    clock::is_now(piece.kind, &piece.text, span)
}

/// Distances that have something in common become one.
fn merged(mut distances: Vec<Distance>) -> Vec<Distance> {
    distances.sort_unstable();
    let mut merged: Vec<Distance> = Vec::new();
    for next in distances {
        match merged.last_mut() {
            Some(last) if next.from_us <= last.to_us => last.to_us = last.to_us.max(next.to_us),
            _ => merged.push(next),
        }
    }
    merged
}

/// A slot that differs between equal runs.
fn unequal(orders: &[AtSlot<'_>]) -> SlotClass {
    let is_drawn = |order: &AtSlot<'_>| is_unique(&order.same[0], &order.same[1]);
    if orders.iter().all(is_drawn) {
        SlotClass::Generated(ValueOrigin::Drawn)
    } else {
        SlotClass::Unexplained
    }
}

/// Whether a piece is long and no word: words have no digits and one case.
fn looks_drawn(piece: &Piece) -> bool {
    let text = match piece.kind {
        // The type stands before it.
        PieceKind::Whole => &piece.text[1..],
        _ => &*piece.text,
    };
    let has = |is: fn(&char) -> bool| text.chars().any(|c| is(&c));
    let is_mixed = has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase);
    text.len() >= LONG_LENGTH && (has(char::is_ascii_digit) || is_mixed)
}

/// Whether all that differs looks drawn, and no value of it is in both.
fn is_unique(one: &[&Piece], two: &[&Piece]) -> bool {
    let (of_one, of_two) = (beyond(one, two), beyond(two, one));
    let others: HashSet<&str> = two.iter().map(|piece| &*piece.text).collect();
    of_one
        .iter()
        .all(|piece| looks_drawn(piece) && !others.contains(&*piece.text))
        && of_two.iter().all(|piece| looks_drawn(piece))
}

/// A slot that is equal in equal runs: whether the sequences move it.
fn advanced(orders: &[AtSlot<'_>], ranges: &Ranges<'_>) -> (SlotClass, bool) {
    let new = |order: &AtSlot<'_>| -> Vec<String> {
        let new = beyond(&order.advanced, &order.same[0]).into_iter();
        new.map(|piece| piece.text.clone()).collect()
    };
    let of_sequences: HashSet<Option<usize>> = orders
        .iter()
        .flat_map(&new)
        .map(|text| ranges.of(&text))
        .collect();
    let known: Vec<usize> = of_sequences.iter().copied().flatten().collect();
    if known.iter().any(|&sequence| ranges.meaningful[sequence]) {
        return (SlotClass::Plain, false);
    }
    match (known.as_slice(), of_sequences.contains(&None)) {
        ([], false) => (SlotClass::Plain, false),
        ([sequence], false) => (
            SlotClass::Generated(ValueOrigin::Sequence(*sequence)),
            false,
        ),
        (_, false) => (SlotClass::Mixed, false),
        (_, true) => {
            // Rows that are missing or new move every column: they are told elsewhere.
            let whole = |order: &&AtSlot<'_>| order.advanced.len() == order.same[0].len();
            let of_whole: Vec<&AtSlot<'_>> = orders.iter().filter(whole).collect();
            let moved = of_whole.iter().any(|order| order.advanced != order.same[0]);
            let unique = |order: &&AtSlot<'_>| is_unique(&order.same[0], &order.advanced);
            match (moved, of_whole.iter().all(unique)) {
                (true, true) => (SlotClass::Generated(ValueOrigin::Drawn), false),
                (moved, _) => (SlotClass::Plain, moved),
            }
        }
    }
}
