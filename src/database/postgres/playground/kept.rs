//! The start of each table, and what has changed since.

use std::sync::Arc;

use super::sql;
use super::tables::{self, OwnTable};
use crate::database::error::ServerError;
use crate::database::postgres::text_link::{TextLink, while_trying_to};
use crate::database::postgres::wire::{TextRows, WireCall, WireFailure, WireResult};
use crate::value::{State, Table, Value};

use super::asked_sql;
use super::prepare::SMALL_ROWS_MAX;
use super::room::{PAGE_BYTES, Room, page_and_pointer};

/// What a ground was at its start.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) tables: Vec<KeptTable>,
    /// A transaction: rows of younger ones were not there at the start.
    pub(super) young_since: String,
    /// When the tables were last put back, and when they were last looked at, by the server's
    /// clock: microseconds since 1970.
    pub(super) reset_us: i64,
    pub(super) looked_us: i64,
    /// How often a row of each table had been written when they were last put back, where the
    /// server counts it.
    pub(super) counts: Vec<String>,
    /// Whether the planner knows something else of a table than at the start.
    pub(super) has_other_statistics: bool,
    /// How many tables, sequences and views there are.
    relations: String,
    /// What each table has become by the last look; `None` if something may have happened since.
    pub(super) seen: Option<Vec<TableChange>>,
}

/// A table as it was at the start.
#[derive(Debug)]
pub(super) struct KeptTable {
    pub(super) own: OwnTable,
    /// Of each row, as a scan meets them, its number in `start`: that is their first order.
    numbers: Vec<usize>,
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
    columns: String,
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

impl Kept {
    /// Reads what has just been copied.
    pub(super) async fn read(link: &mut TextLink) -> WireResult<Self> {
        let found = tables::find(link).await?;
        let young_since = link.run(sql::THIS_TRANSACTION, &[]).await?;
        let young_since = young_since.get(0, 0).unwrap_or_default().to_owned();
        let files = link.run(sql::LOOK_AT_TABLES, &[]).await?;
        let fills_pages = link.run(asked_sql::FILLS_PAGES, &[]).await?;
        let mut tables = Vec::new();
        for (at, own) in found.into_iter().enumerate() {
            let read = link.run(&own.sql().read(), &[Some(&young_since)]).await?;
            let rows: Vec<Vec<Value>> = (0..read.len()).map(|row| own.values(&read, row)).collect();
            let (places, scanned) = match rows.len() <= SMALL_ROWS_MAX {
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
            let is_small = rows.len() <= SMALL_ROWS_MAX;
            let is_in_order = places.is_sorted_by_key(|at| page_and_pointer(at));
            let fills_pages = fills_pages.get(at, 0) == Some("t");
            tables.push(KeptTable {
                room: match is_small && is_in_order && fills_pages {
                    true => Room::of(&scanned),
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
            });
        }
        let relations = match files.is_empty() {
            true => String::new(),
            false => files.get(0, 3).unwrap_or_default().to_owned(),
        };
        Ok(Self {
            tables,
            young_since,
            counts: Vec::new(),
            has_other_statistics: false,
            relations,
            reset_us: 0,
            looked_us: 0,
            seen: None,
        })
    }

    /// Reads all rows of all tables.
    pub(super) fn reading(&self) -> impl Iterator<Item = WireCall<'_>> {
        let since = self.young_since.as_str();
        let read =
            move |table: &KeptTable| WireCall::new(table.own.sql().read(), vec![Some(since)]);
        self.tables.iter().map(read)
    }

    /// What was read so.
    pub(super) fn as_read(&self, answers: &[TextRows]) -> State {
        let tables = self.tables.iter().zip(answers).map(|(table, rows)| {
            let rows = (0..rows.len()).map(|row| table.own.values(rows, row));
            let now = sorted(&table.own, rows.collect());
            (table.own.shown.clone().into(), now)
        });
        State::of(tables.collect())
    }

    /// Reads what has changed, in one snapshot, and answers the whole state.
    pub(super) async fn look(&mut self, link: &mut TextLink) -> Result<State, ServerError> {
        self.seen = None;
        let answers = match self.ask(link).await {
            Ok(answers) => answers,
            Err(failure) => return Err(self.why(link, failure).await),
        };
        let mut answers = answers.into_iter().skip(1);
        let files = answers
            .next()
            .unwrap_or_else(|| unreachable!("it was asked for"));
        self.refuse_other_tables(&files)?;
        let (mut state, mut seen) = (Vec::new(), Vec::new());
        for (at, table) in self.tables.iter().enumerate() {
            let rows = answers
                .next()
                .unwrap_or_else(|| unreachable!("it was asked for"));
            let missing = match table.is_large() {
                true => answers.next(),
                false => None,
            };
            let file = files.get(at, 0).unwrap_or_default();
            let bytes = bytes(&files, at);
            let (change, now) = table.changed(&rows, missing.as_ref(), file, bytes);
            state.push((table.own.shown.clone().into(), now));
            seen.push(change);
        }
        for (at, table) in self.tables.iter_mut().enumerate() {
            let file = files.get(at, 0).unwrap_or_default();
            if table.file != file {
                table.room.forget();
                table.file = file.to_owned();
            }
            table.bytes = bytes(&files, at);
        }
        self.has_other_statistics = (0..files.len()).any(|at| files.get(at, 4) == Some("t"));
        let now = answers.next();
        let now = now.unwrap_or_else(|| unreachable!("it was asked for"));
        self.looked_us = micros(&now, 0);
        self.seen = Some(seen);
        Ok(State::of(state))
    }

    async fn ask(&self, link: &mut TextLink) -> WireResult<Vec<TextRows>> {
        let mut calls = vec![
            WireCall::new(sql::BEGIN_READING, Vec::new()),
            WireCall::new(sql::LOOK_AT_TABLES, Vec::new()),
        ];
        let since = self.young_since.as_str();
        let counts: Vec<String> = self
            .tables
            .iter()
            .map(|table| table.numbers.len().to_string())
            .collect();
        for (table, count) in self.tables.iter().zip(&counts) {
            table.ask(since, count, &mut calls);
        }
        calls.push(WireCall::new(sql::NOW, Vec::new()));
        calls.push(WireCall::new(sql::COMMIT, Vec::new()));
        let answered = link.run_groups(&[calls]).await;
        if answered.is_err() {
            // A connection that is lost has no transaction either.
            let _ = link.run(sql::ROLLBACK, &[]).await;
        }
        answered
    }

    /// Why the tables cannot be read: they may be others now.
    async fn why(&self, link: &mut TextLink, failure: WireFailure) -> ServerError {
        let files = link.run(sql::LOOK_AT_TABLES, &[]).await;
        let told = files.map(|files| self.refuse_other_tables(&files));
        match told {
            Ok(Err(error)) => error,
            _ => while_trying_to("read the tables")(failure),
        }
    }

    /// What the rows of a table become can be put back; what there is of tables can not.
    fn refuse_other_tables(&self, files: &TextRows) -> Result<(), ServerError> {
        let refused = |reason: String| ServerError::Query {
            what: "put the tables back",
            reason,
            is_refusal: true,
        };
        if files.len() != self.tables.len() {
            return Err(refused("a script has dropped a table".into()));
        }
        for (at, table) in self.tables.iter().enumerate() {
            if files.get(at, 2) != Some(&table.columns) {
                let reason = format!("a script has changed the columns of {}", table.own.shown);
                return Err(refused(reason));
            }
        }
        match files.is_empty() || files.get(0, 3) == Some(&self.relations) {
            true => Ok(()),
            false => Err(refused(
                "a script has made or dropped a table, sequence or view".into(),
            )),
        }
    }
}

/// A moment of an answer.
pub(super) fn micros(rows: &TextRows, column: usize) -> i64 {
    let micros = rows.get(0, column).and_then(|micros| micros.parse().ok());
    micros.unwrap_or(0)
}

fn bytes(files: &TextRows, at: usize) -> u64 {
    let bytes = files.get(at, 1).and_then(|bytes| bytes.parse().ok());
    bytes.unwrap_or(0)
}

impl KeptTable {
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

    fn ask<'v>(&'v self, since: &'v str, count: &'v str, calls: &mut Vec<WireCall<'v>>) {
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

    /// What has become of it, and its rows.
    fn changed(
        &self,
        rows: &TextRows,
        missing: Option<&TextRows>,
        file: &str,
        bytes: u64,
    ) -> (TableChange, Arc<Table>) {
        let has_other_file = self.file != file;
        let (change, gone, new) = match missing {
            None => {
                let change = TableChange::All {
                    has_pages_to_give_back: bytes > PAGE_BYTES,
                };
                let (gone, new) = self.changed_small(rows, has_other_file);
                (change, gone, new)
            }
            Some(missing) => {
                let missing = first_column(missing);
                let number = |text: &String| text.parse::<usize>().ok();
                let gone = missing.iter().filter_map(number);
                let gone = gone.map(|no| self.numbers[no - 1]).collect();
                let new = (0..rows.len()).collect();
                let change = match has_other_file {
                    true => TableChange::All {
                        has_pages_to_give_back: true,
                    },
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

pub(super) fn first_column(rows: &TextRows) -> Vec<String> {
    let values = (0..rows.len()).filter_map(|row| rows.get(row, 0));
    values.map(str::to_owned).collect()
}

fn sorted(own: &OwnTable, mut rows: Vec<Vec<Value>>) -> Arc<Table> {
    rows.sort_unstable();
    let mut table = Table::empty(own.names.clone().into());
    rows.into_iter().for_each(|row| table.extend(row));
    table.into()
}
