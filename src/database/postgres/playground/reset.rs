//! The way back to the start.
//!
//! A small table is emptied, vacuumed and filled in its first order: behind the vacuum it is as a
//! table that never had a row, so each row lies where it lay, and what a script inserts next comes
//! behind it. To truncate would be simpler, and makes new files: 8 ms a table (measured), where
//! this takes 0.4 ms. The server tells where it put each row, which is compared. Of a large table
//! rows are deleted and put in one by one, wherever there is room.
//!
//! All goes in one round trip: a vacuum stands in no transaction, so there are several, one behind
//! the other. Each leaves what the next one needs, and a reset that failed midway is begun again.
//!
//! What was rolled back leaves dead rows in tables that are unchanged otherwise. After a schedule in
//! which something was undone, the server is asked to which tables sessions have written: it counts
//! that whatever became of it. Each of these is emptied and filled, and every small one where not all
//! is known to be counted: before version 15, where something else than sessions that were put back
//! ([`PostgresTextConnection::reset_session`]) may have written, and now and then.
//!
//! [`PostgresTextConnection::reset_session`]: crate::database::postgres::text_connection::PostgresTextConnection::reset_session

use std::time::Duration;

use super::ground::PostgresGround;
use super::kept::{KeptTable, TableChange, first_column, micros};
use super::sql::OfTable;
use super::tables::array;
use super::{asked_sql, sql, statistics_sql, vacuum_sql};
use crate::database::error::ServerError;
use crate::database::postgres::text_link::while_trying_to;
use crate::database::postgres::wire::{TextRows, WireCall, WireFailure};

/// In resets: how often dead rows are removed that harm nothing yet.
const VACUUM_EVERY: u64 = 64;

/// How often a reset is begun again where rows came to lie elsewhere: dead rows stay while the
/// server itself analyses a table.
const AGAIN_MAX: u32 = 24;
/// The first wait before that; each one is longer by as much.
const BEFORE_AGAIN: Duration = Duration::from_millis(10);

/// What an answer of the server is looked at for.
enum Answer {
    /// Nothing.
    Ignored,
    /// Where the rows of a table lie; by its number.
    Places(usize),
    /// The transaction that put rows in.
    Transaction,
    /// How often rows have been written.
    Counts,
}

impl PostgresGround {
    pub(in crate::database) async fn reset(&mut self) -> Result<(), ServerError> {
        let mut changes = match self.take_seen() {
            Some(seen) => seen,
            None => {
                self.kept.look(&mut self.control).await?;
                self.kept.seen.take().unwrap_or_default()
            }
        };
        self.resets += 1;
        self.add_undone(&mut changes).await?;
        for again in 1..=AGAIN_MAX {
            match self.put_back(&changes).await {
                Ok(true) => {
                    self.is_told = false;
                    return Ok(());
                }
                Ok(false) => {}
                Err(WireFailure::Refused(_)) => {}
                Err(failure) => return Err(while_trying_to("put the tables back")(failure)),
            }
            changes = self.kept.tables.iter().map(KeptTable::everything).collect();
            tokio::time::sleep(BEFORE_AGAIN * again).await;
        }
        match self.put_back(&changes).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(ServerError::Query {
                what: "put the tables back in their first order",
                reason: "dead rows cannot be removed: another session holds an old snapshot".into(),
                is_refusal: true,
            }),
            Err(failure) => Err(while_trying_to("put the tables back")(failure)),
        }
    }

    /// Adds the small tables in which only dead rows lie.
    async fn add_undone(&mut self, changes: &mut [TableChange]) -> Result<(), ServerError> {
        // What a function has undone within itself is not told: that is swept up now and then.
        let is_sweep = self.resets.is_multiple_of(VACUUM_EVERY);
        let (is_undone, is_counted) = (self.takes_undone(), self.takes_counted());
        if !is_undone && !is_sweep {
            return Ok(());
        }
        let counts = match is_counted && !is_sweep {
            true => {
                let counts = self.control.run(asked_sql::COUNTS, &[]).await;
                let failed = while_trying_to("ask which tables were written to");
                first_column(&counts.map_err(failed)?)
            }
            false => Vec::new(),
        };
        let known = &self.kept.counts;
        for (at, (table, change)) in self.kept.tables.iter().zip(changes).enumerate() {
            let is_untouched = known.get(at).is_some() && known.get(at) == counts.get(at);
            if *change == TableChange::None && !table.is_large() && !is_untouched {
                *change = table.everything();
            }
        }
        Ok(())
    }

    /// Answers whether every row lies where it lay.
    async fn put_back(&mut self, changes: &[TableChange]) -> Result<bool, WireFailure> {
        let lists = Lists::of(changes);
        let tables = || {
            self.kept
                .tables
                .iter()
                .zip(changes)
                .zip(&lists.0)
                .enumerate()
        };
        let (mut first, mut last, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        for (at, ((table, change), (young, missing))) in tables() {
            first.extend(take_out(table, change, young));
            if let Some(call) = put_in(table, change, missing) {
                last.push(call);
                answers.push(match change {
                    TableChange::All { .. } => Answer::Places(at),
                    _ => Answer::Ignored,
                });
            }
        }
        let is_sweep = self.resets.is_multiple_of(VACUUM_EVERY);
        let mut vacuums = self.vacuums(changes, is_sweep);
        if self.is_told {
            first.extend(asked_sql::FORGET.map(|sql| WireCall::new(sql, Vec::new())));
            if is_sweep {
                vacuums
                    .extend(asked_sql::VACUUM_TOLD.map(|sql| vec![WireCall::new(sql, Vec::new())]));
            }
        }
        let is_changed = changes.iter().any(|change| *change != TableChange::None);
        if self.is_superuser && is_changed {
            last.push(WireCall::new(
                statistics_sql::RESTORE_STATISTICS,
                Vec::new(),
            ));
            answers.push(Answer::Ignored);
            if is_sweep {
                vacuums.push(vec![WireCall::new(
                    statistics_sql::VACUUM_STATISTICS,
                    Vec::new(),
                )]);
            }
        }
        last.push(WireCall::new(sql::RESET_SEQUENCES, Vec::new()));
        last.push(WireCall::new(sql::THIS_TRANSACTION, Vec::new()));
        answers.extend([Answer::Ignored, Answer::Transaction]);
        let mut groups: Vec<Vec<WireCall<'_>>> = Vec::new();
        let before = first.len() + vacuums.len();
        groups.push(first);
        groups.append(&mut vacuums);
        if self.traffic.is_counted {
            // Counted when the group is over.
            last.push(WireCall::new(asked_sql::COUNT_NOW, Vec::new()));
            answers.extend([Answer::Ignored, Answer::Counts]);
            groups.push(last);
            last = vec![WireCall::new(asked_sql::COUNTS, Vec::new())];
        }
        groups.push(last);
        let answered = self.control.run_groups(&groups).await?;
        self.take_in(&answered[before..], &answers).await
    }

    /// The vacuums of the tables that were emptied, and now and then of large ones.
    fn vacuums(&self, changes: &[TableChange], is_sweep: bool) -> Vec<Vec<WireCall<'static>>> {
        let of = |gives_pages_back: bool| -> Vec<OfTable<'_>> {
            let both = self.kept.tables.iter().zip(changes);
            let meant = both.filter(|(table, change)| match change {
                TableChange::None => false,
                TableChange::All {
                    has_pages_to_give_back,
                } => *has_pages_to_give_back == gives_pages_back,
                TableChange::Some { .. } => table.is_large() && is_sweep && !gives_pages_back,
            });
            meant.map(|(table, _)| table.own.sql()).collect()
        };
        let leaves_toast = self.can_leave_toast && !is_sweep;
        let vacuum = |gives_pages_back: bool| {
            let tables = of(gives_pages_back);
            let is_any = !tables.is_empty();
            is_any.then(|| {
                let vacuum = vacuum_sql::vacuum(&tables, gives_pages_back, leaves_toast);
                vec![WireCall::new(vacuum, Vec::new())]
            })
        };
        [false, true].into_iter().filter_map(vacuum).collect()
    }

    async fn take_in(
        &mut self,
        answered: &[TextRows],
        answers: &[Answer],
    ) -> Result<bool, WireFailure> {
        let mut all_lie_there = true;
        for (rows, answer) in answered.iter().zip(answers) {
            match answer {
                Answer::Ignored => {}
                Answer::Transaction => {
                    self.kept.young_since = rows.get(0, 0).unwrap_or_default().to_owned();
                    self.kept.reset_us = micros(rows, 1);
                }
                Answer::Counts => self.kept.counts = first_column(rows),
                Answer::Places(at) => {
                    let table = &self.kept.tables[*at];
                    let places: Vec<&str> =
                        (0..rows.len()).filter_map(|row| rows.get(row, 0)).collect();
                    if table.is_large() {
                        let keep = table.own.sql().keep_places();
                        self.control.run(&keep, &[Some(&array(&places))]).await?;
                    } else {
                        all_lie_there &= table.places == places;
                    }
                }
            }
        }
        Ok(all_lie_there)
    }
}

/// The arrays that go with each table: where young rows lie, and the numbers of missing ones.
struct Lists(Vec<(String, String)>);

impl Lists {
    fn of(changes: &[TableChange]) -> Self {
        let lists = changes.iter().map(|change| match change {
            TableChange::Some { young, missing } => (array(young), array(missing)),
            TableChange::None | TableChange::All { .. } => (String::new(), String::new()),
        });
        Self(lists.collect())
    }
}

fn put_in<'v>(table: &KeptTable, change: &TableChange, missing: &'v str) -> Option<WireCall<'v>> {
    match change {
        TableChange::None => None,
        TableChange::All { .. } => Some(WireCall::new(table.own.sql().fill(), Vec::new())),
        TableChange::Some { .. } => {
            let fill = table.own.sql().fill_some();
            Some(WireCall::new(fill, vec![Some(missing)]))
        }
    }
}

fn take_out<'v>(table: &KeptTable, change: &TableChange, young: &'v str) -> Option<WireCall<'v>> {
    match change {
        TableChange::None => None,
        TableChange::All { .. } => Some(WireCall::new(table.own.sql().empty(), Vec::new())),
        TableChange::Some { .. } => {
            let delete = table.own.sql().delete_at();
            Some(WireCall::new(delete, vec![Some(young)]))
        }
    }
}
