//! How full the only page of a small table is: until it is, dead rows may stay.
//!
//! A vacuum makes every session plan its statements on the table anew, and takes longer than all
//! the rest of a reset. Rows that are put in behind dead ones are met by a scan in the same sequence,
//! and what a script inserts next comes behind them as well. So dead rows are removed only before
//! the server would do so by itself: where less than a tenth of a page is left, it gives the room of
//! dead rows to new ones (`heap_page_prune_opt` in `pruneheap.c`), which may then lie in front.

use crate::database::postgres::wire::TextRows;

/// The size of a page (`BLCKSZ`), as every packaged server has it.
pub(super) const PAGE_BYTES: u64 = 8_192;

/// So many bytes of the page may be taken at the end of the next schedule, if that writes twice as
/// much as any so far.
const TAKEN_MAX: u64 = PAGE_BYTES * 3 / 4;

/// What a row takes of a page beside itself: a line pointer (`ItemIdData` in `itemid.h`).
const POINTER_BYTES: u64 = 4;
/// Rows begin at multiples of so many bytes (`MAXALIGN`).
const ALIGNMENT: u64 = 8;

/// A version of a row that was never met, since it was written over or undone, counts as so many of
/// the longest that was: how long it is, no session can see.
const UNMET_WEIGHT: u64 = 4;

/// What is known of the page since the last vacuum.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Room {
    /// How many line pointers were taken when the table was last filled.
    filled: u64,
    /// How many are, up to the last row that was met since.
    taken: u64,
    /// How many rows were met behind those that were put in.
    met: u64,
    /// How much room is taken, in rows of the longest sort.
    weight: u64,
    /// How much a schedule took at most, likewise.
    most: u64,
    /// How long the longest row was, in bytes.
    row_bytes: u64,
    trust: Trust,
}

/// Whether rows may be put in behind dead ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Trust {
    /// As far as the page has room.
    #[default]
    Full,
    /// Not before the next vacuum: what lies in the page is not known.
    Suspended,
    /// Never again.
    None,
}

impl Room {
    /// Of a table that is vacuumed first.
    pub(super) fn suspended() -> Self {
        Self {
            trust: Trust::Suspended,
            ..Self::default()
        }
    }

    /// Of a table whose dead rows are removed each time.
    pub(super) fn none() -> Self {
        Self {
            trust: Trust::None,
            ..Self::default()
        }
    }

    pub(super) const fn is_none(&self) -> bool {
        matches!(self.trust, Trust::None)
    }

    pub(super) const fn is_suspended(&self) -> bool {
        matches!(self.trust, Trust::Suspended)
    }

    /// Its rows lie in another file, of which nothing is known.
    pub(super) const fn suspend(&mut self) {
        if !self.is_none() {
            self.trust = Trust::Suspended;
        }
    }

    /// Whether so many rows may be put in behind the dead ones of another schedule.
    pub(super) fn has(&self, rows: usize) -> bool {
        self.trust == Trust::Full && self.fits(self.weight + self.most + rows as u64)
    }

    /// Whether a row that was written since the table was last filled lies in front of others: the
    /// room of dead ones was given to it, and how many of them there are hangs on the schedules
    /// before. Then the table has its dead rows removed from now on.
    pub(super) fn is_misused(&mut self, young: Option<&str>) -> bool {
        let in_front = pointer(young).is_some_and(|pointer| pointer <= self.filled);
        let is_misused = in_front && self.trust == Trust::Full;
        if is_misused {
            self.trust = Trust::None;
        }
        is_misused
    }

    /// Rows of the table have been deleted: where each lay, and its bytes.
    pub(super) fn note_gone(&mut self, gone: &TextRows) {
        for row in 0..gone.len() {
            match (pointer(gone.get(row, 0)), gone.get(row, 1).map(str::parse)) {
                (Some(pointer), Some(Ok(bytes))) => {
                    self.met += u64::from(pointer > self.filled);
                    self.taken = self.taken.max(pointer);
                    self.row_bytes = self.row_bytes.max(bytes);
                }
                _ => self.trust = Trust::None,
            }
        }
    }

    /// The table has been vacuumed in between.
    pub(super) fn empty(&mut self) {
        self.note_growth();
        (self.filled, self.taken, self.met, self.weight) = (0, 0, 0, 0);
        if self.is_suspended() {
            self.trust = Trust::Full;
        }
    }

    /// Rows have been put in. Answers whether each lies behind the one before it, and behind all
    /// that were met before, with room left for another schedule. Where one lies in front of
    /// another, the table has its dead rows removed from now on.
    pub(super) fn note_filled(&mut self, places: &[impl AsRef<str>]) -> bool {
        let pointers = places.iter().map(|at| pointer(Some(at.as_ref())));
        let first = pointers.clone().next().flatten();
        // Between what was met and these lie rows that were never committed.
        self.taken = self.taken.max(first.map_or(0, |first| first - 1));
        self.note_growth();
        for pointer in pointers {
            match pointer {
                Some(pointer) if pointer > self.taken => self.taken = pointer,
                _ => self.trust = Trust::None,
            }
        }
        self.weight += places.len() as u64;
        (self.filled, self.met) = (self.taken, 0);
        self.trust == Trust::Full && self.fits(self.weight)
    }

    fn note_growth(&mut self) {
        if self.is_suspended() {
            return;
        }
        let unmet = (self.taken - self.filled).saturating_sub(self.met);
        let grown = self.met + unmet * UNMET_WEIGHT;
        self.most = self.most.max(grown);
        self.weight += grown;
        (self.filled, self.met) = (self.taken, 0);
    }

    /// Whether another schedule that takes twice as much as any so far fits behind so much.
    fn fits(&self, weight: u64) -> bool {
        let each = self.row_bytes.next_multiple_of(ALIGNMENT) + POINTER_BYTES;
        (weight + 2 * self.most).saturating_mul(each) <= TAKEN_MAX
    }
}

/// The page and the line pointer of a place: `(0,12)`.
pub(super) fn page_and_pointer(place: &str) -> Option<(u64, u64)> {
    let inner = place.strip_prefix('(')?.strip_suffix(')')?;
    let (page, pointer) = inner.split_once(',')?;
    Some((page.parse().ok()?, pointer.parse().ok()?))
}

/// The line pointer of a place on the first page.
fn pointer(place: Option<&str>) -> Option<u64> {
    let (page, pointer) = page_and_pointer(place?)?;
    (page == 0 && pointer > 0).then_some(pointer)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places of these line pointers.
    fn at(pointers: std::ops::RangeInclusive<u64>) -> Vec<String> {
        pointers.map(|pointer| format!("(0,{pointer})")).collect()
    }

    /// Of a table that was emptied, vacuumed and filled with two rows.
    fn fresh() -> Room {
        let mut room = Room::suspended();
        room.empty();
        assert!(room.note_filled(&at(1..=2)));
        room
    }

    fn room(weight: u64, most: u64, row_bytes: u64) -> Room {
        Room {
            weight,
            most,
            row_bytes,
            ..Room::default()
        }
    }

    #[test]
    fn a_page_has_room_until_three_quarters_could_be_taken() {
        // A row of 41 bytes takes as much as one of 48: 118 of them, with a pointer each, are 6,136
        // bytes of 6,144.
        assert!(room(118 - 10, 0, 41).has(10));
        assert!(!room(118 - 9, 0, 41).has(10));
        // What the schedule has written that is to be undone, and twice that for the next one.
        assert!(room(118 - 2 - 3 * 4, 4, 48).has(2));
        assert!(!room(118 - 1 - 3 * 4, 4, 48).has(2));
    }

    #[test]
    fn what_was_written_over_or_undone_is_seen_by_the_rows_that_follow() {
        let mut room = fresh();
        assert_eq!((room.weight, room.most), (2, 0));
        // Three rows that nothing has met.
        assert!(room.note_filled(&at(6..=7)));
        assert_eq!((room.weight, room.most), (2 + 12 + 2, 12));
        // A vacuum in between.
        room.empty();
        assert!(room.note_filled(&at(1..=2)));
        assert_eq!((room.weight, room.most), (2, 12));
    }

    #[test]
    fn a_row_in_front_of_another_or_on_another_page_is_not_behind_all() {
        for places in [
            at(2..=3),
            vec!["(0,4)".into(), "(0,3)".into()],
            vec!["(1,1)".into()],
        ] {
            let mut room = fresh();
            assert!(!room.note_filled(&places), "{places:?}");
            room.empty();
            assert!(!room.note_filled(&at(1..=2)), "{places:?}");
            assert!(!room.has(1));
        }
    }

    #[test]
    fn a_young_row_in_the_room_of_a_dead_one_is_noticed_once() {
        let mut room = fresh();
        assert!(!room.is_misused(Some("(0,3)")) && !room.is_misused(Some("(1,1)")));
        assert!(room.is_misused(Some("(0,2)")) && !room.is_misused(Some("(0,2)")));
        assert!(!room.has(2));
    }

    #[test]
    fn of_another_file_nothing_is_known_before_a_vacuum() {
        let mut room = fresh();
        assert!(room.has(2));
        room.suspend();
        assert!(!room.has(2) && !room.is_misused(Some("(0,1)")));
        room.taken = 90;
        room.empty();
        assert!(room.note_filled(&at(1..=2)) && room.has(2));
    }
}
