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
//! What was rolled back leaves dead rows in tables that are unchanged otherwise. So every small table
//! is emptied and filled after a schedule in which something was undone.

use std::time::Duration;

use super::ground::PostgresGround;
use super::kept::{KeptTable, TableChange, micros};
use super::tables::array;
use super::{asked_sql, sql, statistics_sql};
use crate::database::error::ServerError;
use crate::database::postgres::text_link::while_trying_to;
use crate::database::postgres::wire::{TextRows, WireCall, WireFailure};

/// In resets: how often dead rows are removed that harm nothing yet.
const VACUUM_EVERY: u64 = 64;

/// How often a reset is begun again where rows came to lie elsewhere: dead rows stay while the
/// server itself analyses a table.
const AGAIN_MAX: u32 = 12;
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
        // What a function has undone within itself is not told: that is swept up now and then.
        if self.takes_undone() || self.resets.is_multiple_of(VACUUM_EVERY) {
            let small = self.kept.tables.iter().zip(&mut changes);
            let small = small.filter(|(table, _)| !table.is_large());
            let unchanged = small.filter(|(_, change)| **change == TableChange::None);
            unchanged.for_each(|(table, change)| *change = table.everything());
        }
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
        let mut first = Vec::new();
        let mut vacuums = Vec::new();
        let (mut last, mut answers) = (Vec::new(), Vec::new());
        for (at, ((table, change), (young, missing))) in tables() {
            take_out(table, change, young, &mut first, &mut vacuums);
            let vacuum_large = table.is_large()
                && *change != TableChange::None
                && self.resets.is_multiple_of(VACUUM_EVERY);
            if vacuum_large {
                vacuums.push(vec![WireCall::new(
                    table.own.sql().clear_out(false),
                    Vec::new(),
                )]);
            }
            if let Some(call) = put_in(table, change, missing) {
                last.push(call);
                answers.push(match change {
                    TableChange::All { .. } => Answer::Places(at),
                    _ => Answer::Ignored,
                });
            }
        }
        if self.is_told {
            first.extend(asked_sql::FORGET.map(|sql| WireCall::new(sql, Vec::new())));
            if self.resets.is_multiple_of(VACUUM_EVERY) {
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
            if self.resets.is_multiple_of(VACUUM_EVERY) {
                vacuums.push(vec![WireCall::new(
                    statistics_sql::VACUUM_STATISTICS,
                    Vec::new(),
                )]);
            }
        }
        last.push(WireCall::new(sql::RESET_SEQUENCES, Vec::new()));
        last.push(WireCall::new(sql::THIS_TRANSACTION, Vec::new()));
        answers.extend([Answer::Ignored, Answer::Transaction]);
        let before = first.len() + vacuums.len();
        let groups: Vec<Vec<WireCall<'_>>> = std::iter::once(first)
            .chain(vacuums)
            .chain([last])
            .collect();
        let answered = self.control.run_groups(&groups).await?;
        self.take_in(&answered[before..], &answers).await
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

fn take_out<'v>(
    table: &KeptTable,
    change: &TableChange,
    young: &'v str,
    first: &mut Vec<WireCall<'v>>,
    vacuums: &mut Vec<Vec<WireCall<'v>>>,
) {
    match change {
        TableChange::None => {}
        TableChange::All {
            has_pages_to_give_back,
        } => {
            first.push(WireCall::new(table.own.sql().empty(), Vec::new()));
            let vacuum = table.own.sql().clear_out(*has_pages_to_give_back);
            vacuums.push(vec![WireCall::new(vacuum, Vec::new())]);
        }
        TableChange::Some { .. } => {
            first.push(WireCall::new(
                table.own.sql().delete_at(),
                vec![Some(young)],
            ));
        }
    }
}
