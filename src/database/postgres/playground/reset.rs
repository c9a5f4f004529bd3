//! The way back to the start.
//!
//! A small table is emptied and filled in its first order. The rows are put in behind the dead ones
//! while the page has room ([`Room`]), and now and then it is vacuumed in between: behind the vacuum
//! it is as a table that never had a row, so each row lies where it lay. Either way a scan meets the
//! rows in the same sequence, and what a script inserts next comes behind them. The server tells
//! where it put each row, which is compared. To truncate would be simpler, and makes new files: 8 ms
//! a table (measured). Of a large table rows are deleted and put in one by one, wherever there is
//! room.
//!
//! All goes in one round trip: a vacuum stands in no transaction, so with one there are several, one
//! behind the other. Each leaves what the next one needs, and a reset that failed midway is begun
//! again, with a vacuum.
//!
//! What was rolled back leaves dead rows in tables that are unchanged otherwise. After a schedule in
//! which something was undone, the server is asked to which tables sessions have written: it counts
//! that whatever became of it. Each of these is emptied and filled, and every small one where not all
//! is known to be counted: before version 15, where something else than sessions that were put back
//! ([`PostgresTextConnection::reset_session`]) may have written, and now and then.
//!
//! [`Room`]: super::room::Room
//! [`PostgresTextConnection::reset_session`]: crate::database::postgres::text_connection::PostgresTextConnection::reset_session

use std::borrow::Cow;
use std::time::Duration;

use super::ground::PostgresGround;
use super::kept::micros;
use super::kept_table::{KeptTable, TableChange};
use super::sql::OfTable;
use super::tables::{array, first_column};
use super::{asked_sql, sql, statistics_sql, vacuum_sql};
use crate::database::error::ServerError;
use crate::database::postgres::text_link::while_trying_to;
use crate::database::postgres::wire::{TextRows, WireCall, WireFailure};

/// In resets: how often dead rows are removed that harm nothing yet.
const VACUUM_EVERY: u64 = 64;

/// How often a reset is begun again where rows came to lie elsewhere: dead rows stay while the
/// server itself analyses a table, and it analyses one after the other.
const AGAIN_MAX: u32 = 24;
/// The first wait before that; each one is longer by as much. All of them are 12 s.
const BEFORE_AGAIN: Duration = Duration::from_millis(40);

/// What an answer of the server is looked at for.
enum Answer {
    /// Nothing.
    Ignored,
    /// Where the rows of a table lay, and their bytes; by its number.
    Gone(usize),
    /// Where the rows of a table lie, behind dead ones or in front of all.
    Places { of: usize, behind: bool },
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
        let mut again = 0;
        loop {
            match self.put_back(&changes, again == 0).await {
                Ok(failed) if failed.is_empty() => break,
                Ok(_) if again == AGAIN_MAX => {
                    let what = "put the tables back in their first order";
                    let reason =
                        "dead rows cannot be removed: another session holds an old snapshot";
                    return Err(ServerError::Query {
                        what,
                        reason: reason.into(),
                        is_refusal: true,
                    });
                }
                Ok(failed) => changes = self.anew(|at| failed.contains(&at)),
                Err(WireFailure::Refused(_)) if again < AGAIN_MAX => changes = self.anew(|_| true),
                Err(failure) => return Err(while_trying_to("put the tables back")(failure)),
            }
            again += 1;
            tokio::time::sleep(BEFORE_AGAIN * again).await;
        }
        (self.is_told, self.kept.is_misplaced) = (false, false);
        Ok(())
    }

    /// Puts all rows of these tables back, with a vacuum.
    fn anew(&self, of: impl Fn(usize) -> bool) -> Vec<TableChange> {
        let tables = self.kept.tables.iter().enumerate();
        let change = |(at, table): (usize, &KeptTable)| match of(at) {
            true => table.anything(),
            false => TableChange::None,
        };
        tables.map(change).collect()
    }

    /// Adds the small tables in which only dead rows lie, or may lie.
    async fn add_undone(&mut self, changes: &mut [TableChange]) -> Result<(), ServerError> {
        // What a function has undone within itself is not told: that is swept up now and then.
        let is_sweep = self.resets.is_multiple_of(VACUUM_EVERY);
        let (is_undone, is_counted) = (self.takes_undone(), self.takes_counted());
        for (table, change) in self.kept.tables.iter().zip(&mut *changes) {
            if table.is_first_vacuumed() && *change == TableChange::None {
                *change = table.anything();
            }
        }
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

    /// Answers the tables in which a row does not lie as it lay.
    async fn put_back(
        &mut self,
        changes: &[TableChange],
        may_leave_dead: bool,
    ) -> Result<Vec<usize>, WireFailure> {
        let is_sweep = self.resets.is_multiple_of(VACUUM_EVERY);
        let stays_dead = |(table, change): (&KeptTable, &TableChange)| match change {
            TableChange::All {
                has_pages_to_give_back,
            } => !has_pages_to_give_back && may_leave_dead && !is_sweep && table.has_room(),
            TableChange::None | TableChange::Some { .. } => false,
        };
        let stays_dead: Vec<bool> = self
            .kept
            .tables
            .iter()
            .zip(changes)
            .map(stays_dead)
            .collect();
        let lists = Lists::of(changes);
        let (mut out, mut back) = (Calls::default(), Calls::default());
        let tables = self.kept.tables.iter().zip(changes).zip(&lists.0);
        for (at, ((table, change), (young, missing))) in tables.enumerate() {
            take_out(at, table, change, young, &mut out);
            put_in((at, stays_dead[at]), table, change, missing, &mut back);
        }
        let mut vacuums = self.vacuums(changes, &stays_dead, is_sweep);
        if self.is_told {
            for sql in asked_sql::FORGET {
                out.ignored(sql);
            }
            if is_sweep {
                vacuums.extend(asked_sql::VACUUM_TOLD.map(str::to_owned));
            }
        }
        // A vacuum says that an emptied table is small, and a script may have analyzed one.
        if self.is_superuser && (!vacuums.is_empty() || self.kept.has_other_statistics) {
            back.ignored(statistics_sql::RESTORE_STATISTICS);
            if is_sweep {
                vacuums.push(statistics_sql::VACUUM_STATISTICS.to_owned());
            }
        }
        back.ignored(sql::RESET_SEQUENCES);
        back.add(
            WireCall::new(sql::THIS_TRANSACTION, Vec::new()),
            Answer::Transaction,
        );
        let (groups, answers) = self.grouped(out, vacuums, back);
        let answered = self.control.run_groups(&groups).await?;
        self.take_in(&answered, &answers).await
    }

    /// What is sent, transaction by transaction, and what each answer is looked at for.
    fn grouped<'v>(
        &self,
        mut out: Calls<'v>,
        vacuums: Vec<String>,
        back: Calls<'v>,
    ) -> (Vec<Vec<WireCall<'v>>>, Vec<Answer>) {
        let mut groups = Vec::new();
        let mut answers = std::mem::take(&mut out.answers);
        // A vacuum stands in no transaction; without one all stands in the same.
        if !vacuums.is_empty() {
            groups.push(std::mem::take(&mut out.calls));
        }
        for vacuum in vacuums {
            groups.push(vec![WireCall::new(vacuum, Vec::new())]);
            answers.push(Answer::Ignored);
        }
        out.calls.extend(back.calls);
        answers.extend(back.answers);
        if self.traffic.is_countable() {
            // Counted when the group is over.
            out.ignored(asked_sql::COUNT_NOW);
            groups.push(out.calls);
            groups.push(vec![WireCall::new(asked_sql::COUNTS, Vec::new())]);
            answers.extend([Answer::Ignored, Answer::Counts]);
        } else {
            groups.push(out.calls);
        }
        (groups, answers)
    }

    /// The vacuums of the tables that were emptied, and now and then of large ones.
    fn vacuums(&self, changes: &[TableChange], stays_dead: &[bool], is_sweep: bool) -> Vec<String> {
        let of = |gives_pages_back: bool| -> Vec<OfTable<'_>> {
            let all = self.kept.tables.iter().zip(changes).zip(stays_dead);
            let meant = all.filter(|((table, change), stays_dead)| match change {
                TableChange::None => false,
                TableChange::All {
                    has_pages_to_give_back,
                } => !**stays_dead && *has_pages_to_give_back == gives_pages_back,
                TableChange::Some { .. } => table.is_large() && is_sweep && !gives_pages_back,
            });
            meant.map(|((table, _), _)| table.own.sql()).collect()
        };
        let leaves_toast = self.can_leave_toast && !is_sweep;
        let vacuum = |gives_pages_back: bool| {
            let tables = of(gives_pages_back);
            let is_any = !tables.is_empty();
            is_any.then(|| vacuum_sql::vacuum(&tables, gives_pages_back, leaves_toast))
        };
        [false, true].into_iter().filter_map(vacuum).collect()
    }

    async fn take_in(
        &mut self,
        answered: &[TextRows],
        answers: &[Answer],
    ) -> Result<Vec<usize>, WireFailure> {
        let mut failed = Vec::new();
        for (rows, answer) in answered.iter().zip(answers) {
            match answer {
                Answer::Ignored => {}
                Answer::Transaction => {
                    self.kept.young_since = rows.get(0, 0).unwrap_or_default().to_owned();
                    self.kept.reset_us = micros(rows, 1);
                }
                Answer::Counts => self.kept.counts = first_column(rows),
                Answer::Gone(at) => self.kept.tables[*at].room.note_gone(rows),
                Answer::Places { of, behind } => {
                    let table = &mut self.kept.tables[*of];
                    let places = first_column(rows);
                    if table.is_large() {
                        let keep = table.own.sql().keep_places();
                        self.control.run(&keep, &[Some(&array(&places))]).await?;
                    } else if !table.note_filled(places, *behind) {
                        failed.push(*of);
                    }
                }
            }
        }
        Ok(failed)
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

fn take_out<'v>(
    at: usize,
    table: &KeptTable,
    change: &TableChange,
    young: &'v str,
    calls: &mut Calls<'v>,
) {
    let sql = table.own.sql();
    match change {
        TableChange::None => {}
        TableChange::All { .. } if table.room.is_none() => calls.ignored(sql.empty()),
        TableChange::All { .. } => calls.add(
            WireCall::new(sql.empty_and_tell(), Vec::new()),
            Answer::Gone(at),
        ),
        TableChange::Some { .. } => calls.add(
            WireCall::new(sql.delete_at(), vec![Some(young)]),
            Answer::Ignored,
        ),
    }
}

fn put_in<'v>(
    (of, behind): (usize, bool),
    table: &KeptTable,
    change: &TableChange,
    missing: &'v str,
    calls: &mut Calls<'v>,
) {
    let sql = table.own.sql();
    match change {
        TableChange::None => {}
        TableChange::All { .. } => calls.add(
            WireCall::new(sql.fill(), Vec::new()),
            Answer::Places { of, behind },
        ),
        TableChange::Some { .. } => calls.add(
            WireCall::new(sql.fill_some(), vec![Some(missing)]),
            Answer::Ignored,
        ),
    }
}

/// Statements, and what the answer of each is looked at for.
#[derive(Default)]
struct Calls<'v> {
    calls: Vec<WireCall<'v>>,
    answers: Vec<Answer>,
}

impl<'v> Calls<'v> {
    fn add(&mut self, call: WireCall<'v>, answer: Answer) {
        self.calls.push(call);
        self.answers.push(answer);
    }

    fn ignored(&mut self, sql: impl Into<Cow<'static, str>>) {
        self.add(WireCall::new(sql, Vec::new()), Answer::Ignored);
    }
}
