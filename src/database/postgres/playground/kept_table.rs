//! One table: its start, what has become of it, and where its rows lie.

use std::sync::Arc;

use super::prepare::SMALL_ROWS_MAX;
use super::room::{PAGE_BYTES, Room, page_and_pointer};
use super::tables::{OwnTable, first_column, sorted};
use crate::database::postgres::text_link::TextLink;
use crate::database::postgres::wire::{TextRows, WireCall, WireResult};
use crate::value::{Table, Value};

/// A table as it was at the start.
#[derive(Debug)]
pub(super) struct KeptTable {
    pub(super) own: OwnTable,
    /// Of each row, as a scan meets them, its number in `start`: that is their first order.
    pub(super) numbers: Vec<usize>,
    /// Where each row lies behind a vacuum, in their first order; of a small table alone.
    places: Vec<String>,
    /// Where each lies now, as a scan meets them.
    scanned: Vec<String>,
    /// Whether a scan meets them in their first order, also behind a vacuum.
    is_in_order: bool,
    /// How many dead rows may stay.
    pub(super) room: Room,
    /// The rows, sorted.
    start: Arc<Table>,
    file: String,
    pub(super) columns: String,
    /// How long the file was when it was last looked at.
    bytes: u64,
}

/// What has become of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TableChange {
    /// Nothing.
    None,
    /// Something of a small table, or all of one whose file is another one now.
    All {
        /// Whether its file is longer than a page.
        has_pages_to_give_back: bool,
    },
    /// Some rows of a large table.
    Some {
        /// Where those lie that were not there.
        young: Vec<String>,
        /// The numbers of those that are gone.
        missing: Vec<String>,
    },
}

impl KeptTable {
    /// Reads a table that has just been copied, the `at`-th of `files`.
    pub(super) async fn read(
        link: &mut TextLink,
        own: OwnTable,
        young_since: &str,
        (files, at): (&TextRows, usize),
    ) -> WireResult<Self> {
        let read = link.run(&own.sql().read(), &[Some(young_since)]).await?;
        let rows: Vec<Vec<Value>> = (0..read.len()).map(|row| own.values(&read, row)).collect();
        let is_small = rows.len() <= SMALL_ROWS_MAX;
        let (places, scanned) = match is_small {
            true => (
                first_column(&link.run(&own.sql().places(), &[]).await?),
                first_column(&read),
            ),
            false => (Vec::new(), Vec::new()),
        };
        let mut by_value: Vec<usize> = (0..rows.len()).collect();
        by_value.sort_unstable_by_key(|at| &rows[*at]);
        let mut numbers = vec![0; rows.len()];
        for (number, at) in by_value.into_iter().enumerate() {
            numbers[at] = number;
        }
        let is_in_order = places.is_sorted_by_key(|at| page_and_pointer(at));
        Ok(Self {
            room: match is_small && is_in_order {
                true => Room::suspended(),
                false => Room::none(),
            },
            is_in_order,
            numbers,
            start: sorted(&own, rows),
            places,
            scanned,
            file: files.get(at, 0).unwrap_or_default().to_owned(),
            columns: files.get(at, 2).unwrap_or_default().to_owned(),
            bytes: 0,
            own,
        })
    }

    /// As if any of its rows had changed.
    pub(super) const fn everything(&self) -> TableChange {
        TableChange::All {
            has_pages_to_give_back: self.bytes > PAGE_BYTES,
        }
    }

    /// The same, where it may be longer than it was when it was last looked at.
    pub(super) const fn anything(&self) -> TableChange {
        TableChange::All {
            has_pages_to_give_back: true,
        }
    }

    /// Whether it is vacuumed before rows are put in behind dead ones.
    pub(super) const fn is_first_vacuumed(&self) -> bool {
        self.room.is_suspended()
    }

    /// Whether all its rows may be put in behind dead ones.
    pub(super) fn has_room(&self) -> bool {
        self.room.has(self.numbers.len())
    }

    /// Notes where its rows have been put, all of them; `behind` dead ones, or where none were left.
    /// Answers whether that is as it must be.
    pub(super) fn note_filled(&mut self, places: Vec<String>, behind: bool) -> bool {
        if !behind {
            self.room.empty();
        }
        let has_room = self.room.note_filled(&places);
        let is_there = match behind {
            true => has_room,
            false => self.places == places,
        };
        if is_there && self.is_in_order {
            self.scanned = places;
        }
        is_there
    }

    pub(super) const fn is_large(&self) -> bool {
        self.numbers.len() > SMALL_ROWS_MAX
    }

    pub(super) fn ask<'v>(&'v self, since: &'v str, count: &'v str, calls: &mut Vec<WireCall<'v>>) {
        if !self.is_large() {
            calls.push(WireCall::new(self.own.sql().read(), vec![Some(since)]));
            return;
        }
        calls.push(WireCall::new(
            self.own.sql().read_young(),
            vec![Some(since)],
        ));
        let missing = self.own.sql().read_missing();
        calls.push(WireCall::new(missing, vec![Some(since), Some(count)]));
    }

    /// Whether a row of it was found that would lie elsewhere if no schedule had come before.
    pub(super) fn is_misplaced(&mut self, rows: &TextRows) -> bool {
        let mut young = (0..rows.len()).filter(|row| rows.get(*row, 1) == Some("t"));
        young.any(|row| self.room.is_misused(rows.get(row, 0)))
    }

    /// What has become of it, and its rows.
    pub(super) fn changed(
        &mut self,
        rows: &TextRows,
        missing: Option<&TextRows>,
        (files, at): (&TextRows, usize),
    ) -> (TableChange, Arc<Table>) {
        let file = files.get(at, 0).unwrap_or_default();
        let has_other_file = self.file != file;
        if has_other_file {
            self.room.suspend();
            self.file = file.to_owned();
        }
        self.bytes = files
            .get(at, 1)
            .and_then(|bytes| bytes.parse().ok())
            .unwrap_or(0);
        let (change, gone, new) = match missing {
            None => {
                let (gone, new) = self.changed_small(rows, has_other_file);
                (self.everything(), gone, new)
            }
            Some(missing) => {
                let missing = first_column(missing);
                let number = |text: &String| text.parse::<usize>().ok();
                let gone = missing.iter().filter_map(number);
                let gone = gone.map(|no| self.numbers[no - 1]).collect();
                let new = (0..rows.len()).collect();
                let change = match has_other_file {
                    true => self.anything(),
                    false => TableChange::Some {
                        young: first_column(rows),
                        missing,
                    },
                };
                (change, gone, new)
            }
        };
        if !has_other_file && gone.is_empty() && new.is_empty() {
            return (TableChange::None, Arc::clone(&self.start));
        }
        let new = new.into_iter().map(|row| self.own.values(rows, row));
        (change, Table::changed(&self.start, gone, new.collect()))
    }

    /// Of a small table, the numbers of the rows of the start that are gone, and where in the
    /// answer the new ones stand. Rows that are not younger lie where they lay, but in another
    /// file.
    fn changed_small(&self, rows: &TextRows, has_other_file: bool) -> (Vec<usize>, Vec<usize>) {
        if has_other_file {
            return ((0..self.numbers.len()).collect(), (0..rows.len()).collect());
        }
        let (mut gone, mut new) = (Vec::new(), Vec::new());
        let mut kept = self.scanned.iter().zip(&self.numbers);
        for row in 0..rows.len() {
            if rows.get(row, 1) == Some("t") {
                new.push(row);
                continue;
            }
            // Both are as a scan meets them.
            let here = |(place, _): &(&String, _)| rows.get(row, 0) != Some(place.as_str());
            gone.extend(kept.by_ref().take_while(here).map(|(_, number)| *number));
        }
        gone.extend(kept.map(|(_, number)| *number));
        (gone, new)
    }
}
