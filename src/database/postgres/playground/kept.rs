//! The start of each table, and what has changed since.

use super::kept_table::{KeptTable, TableChange};
use super::room::Room;
use super::tables::{self, sorted};
use super::{asked_sql, sql};
use crate::database::error::ServerError;
use crate::database::postgres::text_link::{TextLink, while_trying_to};
use crate::database::postgres::wire::{TextRows, WireCall, WireFailure, WireResult};
use crate::value::State;

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
    /// Whether a row was found since the last reset that would lie elsewhere if no schedule had come
    /// before.
    pub(super) is_misplaced: bool,
    /// Whether the planner knows something else of a table than at the start.
    pub(super) has_other_statistics: bool,
    /// How many tables, sequences and views there are.
    relations: String,
    /// What each table has become by the last look; `None` if something may have happened since.
    pub(super) seen: Option<Vec<TableChange>>,
}

impl Kept {
    /// Reads what has just been copied.
    pub(super) async fn read(link: &mut TextLink, is_superuser: bool) -> WireResult<Self> {
        let found = tables::find(link).await?;
        let young_since = link.run(sql::THIS_TRANSACTION, &[]).await?;
        let young_since = young_since.get(0, 0).unwrap_or_default().to_owned();
        let files = link.run(sql::LOOK_AT_TABLES, &[]).await?;
        let fills_pages = link.run(asked_sql::FILLS_PAGES, &[]).await?;
        let mut tables = Vec::new();
        for (at, own) in found.into_iter().enumerate() {
            let mut table = KeptTable::read(link, own, &young_since, (&files, at)).await?;
            // Without what the planner knew, the plans behind the first vacuum are others.
            if !is_superuser || fills_pages.get(at, 0) != Some("t") {
                table.room = Room::none();
            }
            tables.push(table);
        }
        let relations = match files.is_empty() {
            true => String::new(),
            false => files.get(0, 3).unwrap_or_default().to_owned(),
        };
        Ok(Self {
            tables,
            young_since,
            counts: Vec::new(),
            is_misplaced: false,
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
        for (at, table) in self.tables.iter_mut().enumerate() {
            let rows = answers
                .next()
                .unwrap_or_else(|| unreachable!("it was asked for"));
            let missing = match table.is_large() {
                true => answers.next(),
                false => None,
            };
            let (change, now) = table.changed(&rows, missing.as_ref(), (&files, at));
            state.push((table.own.shown.clone().into(), now));
            seen.push(change);
            self.is_misplaced |= table.is_misplaced(&rows);
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
