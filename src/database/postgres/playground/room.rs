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

/// What is known of the page since the last vacuum.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Room {
    /// How many line pointers were taken when the table was last filled.
    filled: u64,
    /// How many are, up to the last row that was met since.
    taken: u64,
    /// How many a schedule took at most.
    most: u64,
    /// How long the longest row was, in bytes.
    row_bytes: u64,
    /// Rows lie elsewhere than behind all others: dead ones are removed each time.
    is_spoilt: bool,
}

impl Room {
    /// Of a table that has just been filled: where its rows lie, one by one.
    pub(super) fn of(places: &[String]) -> Self {
        let mut room = Self::default();
        room.note_filled(places);
        // The dead rows in front of them are of many schedules.
        room.most = 0;
        room
    }

    /// Of a table whose dead rows are removed each time.
    pub(super) fn none() -> Self {
        Self {
            is_spoilt: true,
            ..Self::default()
        }
    }

    pub(super) const fn is_none(&self) -> bool {
        self.is_spoilt
    }

    /// Whether so many rows may be put in behind the dead ones of another schedule.
    pub(super) fn has(&self, rows: usize) -> bool {
        !self.is_spoilt && self.fits(self.taken + self.most + rows as u64)
    }

    /// Rows of the table have been deleted: where each lay, and its bytes.
    pub(super) fn note_gone(&mut self, gone: &TextRows) {
        for row in 0..gone.len() {
            match (pointer(gone.get(row, 0)), gone.get(row, 1).map(str::parse)) {
                (Some(pointer), Some(Ok(bytes))) => {
                    self.taken = self.taken.max(pointer);
                    self.row_bytes = self.row_bytes.max(bytes);
                }
                _ => self.is_spoilt = true,
            }
        }
        self.note_growth();
    }

    /// Rows have been put in. Answers whether each lies behind the one before it, and behind all
    /// that were met before, with room left for another schedule. Where one lies in front of
    /// another, the table has its dead rows removed from now on.
    pub(super) fn note_filled(&mut self, places: &[impl AsRef<str>]) -> bool {
        let mut pointers = places
            .iter()
            .map(|at| pointer(Some(at.as_ref())))
            .peekable();
        if let Some(Some(first)) = pointers.peek().copied() {
            // Between what was met and these lie rows that were never committed.
            self.is_spoilt |= first <= self.taken;
            self.taken = self.taken.max(first - 1);
            self.note_growth();
        }
        for pointer in pointers {
            match pointer {
                Some(pointer) if pointer > self.taken => self.taken = pointer,
                _ => self.is_spoilt = true,
            }
        }
        self.filled = self.taken;
        !self.is_spoilt && self.fits(self.taken)
    }

    /// The table has been emptied and vacuumed.
    pub(super) const fn empty(&mut self) {
        (self.filled, self.taken) = (0, 0);
    }

    /// Its rows lie in another file, of which nothing is known.
    pub(super) const fn forget(&mut self) {
        (self.filled, self.taken) = (TAKEN_MAX, TAKEN_MAX);
    }

    fn note_growth(&mut self) {
        self.most = self.most.max(self.taken - self.filled);
    }

    /// Whether another schedule that takes twice as much as any so far fits behind so many.
    fn fits(&self, pointers: u64) -> bool {
        let each = self.row_bytes.next_multiple_of(ALIGNMENT) + POINTER_BYTES;
        (pointers + 2 * self.most).saturating_mul(each) <= TAKEN_MAX
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

    fn room(taken: u64, most: u64, row_bytes: u64) -> Room {
        Room {
            filled: taken,
            taken,
            most,
            row_bytes,
            is_spoilt: false,
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
    fn what_a_schedule_took_is_seen_by_the_rows_that_follow() {
        let mut room = Room::of(&at(1..=2));
        assert_eq!((room.taken, room.most), (2, 0));
        assert!(room.note_filled(&at(6..=7)));
        assert_eq!((room.taken, room.most), (7, 3));
        room.empty();
        assert!(room.note_filled(&at(1..=2)));
        assert_eq!((room.taken, room.most), (2, 3));
    }

    #[test]
    fn a_row_in_front_of_another_or_on_another_page_is_not_behind_all() {
        for places in [
            at(2..=3),
            vec!["(0,4)".into(), "(0,3)".into()],
            vec!["(1,1)".into()],
        ] {
            let mut room = Room::of(&at(1..=2));
            assert!(!room.note_filled(&places), "{places:?}");
            room.empty();
            assert!(!room.note_filled(&at(1..=2)), "{places:?}");
            assert!(!room.has(1));
        }
    }

    #[test]
    fn of_another_file_nothing_is_known() {
        let mut room = Room::of(&at(1..=2));
        assert!(room.has(2));
        room.forget();
        assert!(!room.has(2));
        room.empty();
        assert!(room.note_filled(&at(1..=2)) && room.has(2));
    }
}
