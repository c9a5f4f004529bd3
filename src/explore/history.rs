//! What the steps of a schedule read and wrote, from a trace: for the name of what went wrong.

use std::sync::Arc;

use super::reads::{SeenTable, changes_rows, locks_rows, seen_tables};
use super::schedule::Choice;
use super::step::{Happening, Step};
use crate::oracle::RowChange;
use crate::oracle::serial::{HistoryStep, SeenRow, StepClose, WrittenRow};
use crate::shop::Isolation;
use crate::statement::Reply;
use crate::value::Value;

/// The history of a schedule on tables of the user's own.
///
/// A statement that waited has read what it locks when it was answered, and everything else when
/// it was sent. A row is seen to change with the COMMIT of its session. What a transaction read
/// that was rolled back counts for nothing: its session begins again.
pub(super) fn history(schedule: &[Choice], steps: &[Step], level: Isolation) -> Vec<HistoryStep> {
    let changes: Vec<&RowChange> = steps.iter().flat_map(|step| &step.changes).collect();
    let mut told = Told {
        level,
        changes,
        steps: Vec::new(),
        open: Vec::new(),
    };
    for (choice, step) in schedule.iter().zip(steps) {
        told.step(*choice, step);
    }
    told.steps
}

struct Told<'t> {
    level: Isolation,
    /// Every change of the schedule.
    changes: Vec<&'t RowChange>,
    steps: Vec<HistoryStep>,
    /// What each session is in the middle of.
    open: Vec<OpenTransaction<'t>>,
}

/// A transaction of a session.
#[derive(Default)]
struct OpenTransaction<'t> {
    /// The step that took its snapshot, which it keeps.
    snapshot: Option<usize>,
    /// Its first step.
    began: Option<usize>,
    /// Rows that it has written, by its words, also where they hold now what they held before.
    wrote: Vec<SeenRow>,
    /// The statement that is with the server, and the step in which it was sent.
    sent: Option<(&'t Step, usize)>,
}

impl<'t> Told<'t> {
    fn step(&mut self, choice: Choice, step: &'t Step) {
        let session = choice.session();
        let at = self.steps.len();
        self.session(session).sent = Some((step, at));
        self.push(session, Vec::new(), StepClose::Open);
        let keeps_snapshot = self.level != Isolation::ReadCommitted;
        let own = self.session(session);
        own.began.get_or_insert(at);
        if keeps_snapshot {
            own.snapshot.get_or_insert(at);
        }
        for happening in &step.happenings {
            if let Happening::Reply { buyer, reply } = happening {
                let of = (*buyer as usize).saturating_sub('A' as usize);
                self.replied(of, reply.as_ref().ok(), step);
            }
        }
        if let Choice::Cut(_) = choice {
            self.close(session, StepClose::Rollback, &[]);
        }
    }

    fn session(&mut self, session: usize) -> &mut OpenTransaction<'t> {
        if self.open.len() <= session {
            self.open.resize_with(session + 1, OpenTransaction::default);
        }
        &mut self.open[session]
    }

    /// An answer, in the step `now`; `None` of an error.
    fn replied(&mut self, session: usize, reply: Option<&Reply>, now: &'t Step) {
        let Some((sent, at)) = self.session(session).sent.take() else {
            return;
        };
        let sql = sent.sql.as_deref().unwrap_or_default();
        let first = sql.split(|c: char| !c.is_ascii_alphabetic()).next();
        let first = first.unwrap_or_default().to_ascii_lowercase();
        let has_savepoint = sql.to_ascii_lowercase().contains("savepoint");
        match (first.as_str(), reply) {
            ("commit" | "end", Some(_)) => self.close(session, StepClose::Commit, &now.changes),
            ("rollback", Some(_)) if has_savepoint => {}
            ("rollback" | "commit" | "end", _) => self.close(session, StepClose::Rollback, &[]),
            (_, None) => {}
            (_, Some(reply)) => self.read(session, sql, reply, at),
        }
    }

    /// What a statement read that was sent in the step `at`.
    fn read(&mut self, session: usize, sql: &str, reply: &Reply, at: usize) {
        let is_empty = matches!(reply, Reply::Rows { affected: 0, .. });
        let locks = locks_rows(sql);
        let (read, changed): (Vec<SeenTable>, Vec<SeenTable>) =
            seen_tables(sql).into_iter().partition(|seen| seen.is_read);
        let changed = changed
            .iter()
            .chain(read.iter().filter(|seen| seen.is_changed));
        let wrote: Vec<SeenRow> = changed
            .filter(|_| !is_empty)
            .filter_map(|seen| self.row(seen, false))
            .collect();
        self.session(session).wrote.extend(wrote);
        let (locked, within): (Vec<SeenTable>, Vec<SeenTable>) =
            read.into_iter().partition(|seen| locks && !seen.is_within);
        for (seen, is_late) in [(within, false), (locked, true)] {
            let rows: Vec<SeenRow> = seen
                .iter()
                .filter_map(|seen| self.row(seen, is_empty))
                .collect();
            if rows.is_empty() {
                continue;
            }
            let kept = self.session(session).snapshot;
            let snapshot = kept.or((!is_late).then_some(at));
            self.push(session, rows, StepClose::Open);
            if let Some(last) = self.steps.last_mut() {
                last.snapshot = snapshot;
                last.rewrites = is_late && changes_rows(sql);
            }
        }
    }

    /// The row, or all of the table; nothing where no session changed what was looked for.
    fn row(&self, seen: &SeenTable, is_empty: bool) -> Option<SeenRow> {
        let of_table = |change: &&&RowChange| {
            let bare = change.table.rsplit('.').next();
            bare.is_some_and(|bare| bare.eq_ignore_ascii_case(&seen.table))
        };
        let mut of_table = self.changes.iter().filter(of_table);
        let change = of_table.clone().next()?;
        if !of_table.any(|change| may_fit(seen, change)) {
            return None;
        }
        let key = change.columns.first()?;
        let key = seen.where_equal.iter().find(|(column, _)| column == key);
        let row = key.filter(|_| !is_empty);
        Some(SeenRow {
            table: change.table.as_str().into(),
            row: row.map(|(column, value)| format!("{column} {value}").into()),
        })
    }

    fn close(&mut self, session: usize, close: StepClose, changes: &[RowChange]) {
        let OpenTransaction { began, wrote, .. } = std::mem::take(self.session(session));
        let began = began.unwrap_or(self.steps.len());
        if close == StepClose::Rollback {
            let own = self.steps[began..].iter_mut();
            own.filter(|step| step.actor == session)
                .for_each(|step| step.reads.clear());
        }
        self.push(session, Vec::new(), close);
        if let Some(last) = self.steps.last_mut() {
            last.writes = changes.iter().map(written).collect();
            for SeenRow { table, row } in wrote {
                let is_new = |row: &Arc<str>| {
                    let mut known = last.writes.iter();
                    !known.any(|known| (&known.table, &known.row) == (&table, row))
                };
                if let Some(row) = row.filter(is_new).filter(|_| close == StepClose::Commit) {
                    last.writes.push(WrittenRow {
                        table: Arc::clone(&table),
                        row,
                        before: Some(Vec::new()),
                        after: Some(Vec::new()),
                    });
                }
            }
        }
    }

    fn push(&mut self, actor: usize, reads: Vec<SeenRow>, close: StepClose) {
        self.steps.push(HistoryStep {
            actor,
            reads,
            writes: Vec::new(),
            snapshot: None,
            rewrites: false,
            close,
        });
    }
}

/// Whether a changed row may be among those that were looked for, before or afterwards.
fn may_fit(seen: &SeenTable, change: &RowChange) -> bool {
    let fits = |row: &Option<Vec<Value>>| {
        let Some(row) = row else { return false };
        seen.where_equal.iter().all(|(column, value)| {
            let at = change.columns.iter().position(|known| known == column);
            at.is_none_or(|at| row[at].to_string() == *value)
        })
    };
    fits(&change.before) || fits(&change.after)
}

fn written(change: &RowChange) -> WrittenRow {
    let row = change.after.as_ref().or(change.before.as_ref());
    let key = row.and_then(|row| row.first());
    let column = change.columns.first().map_or("", String::as_str);
    let row: Arc<str> = match key {
        Some(key) => format!("{column} {key}").into(),
        None => "".into(),
    };
    WrittenRow {
        table: change.table.as_str().into(),
        row,
        before: change.before.clone(),
        after: change.after.clone(),
    }
}
