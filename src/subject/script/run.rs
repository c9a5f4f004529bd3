//! One try of a script.

use std::sync::Arc;

use super::books::{Books, LastEnd};
use super::datum::Datum;
use super::dialogue::{Completion, Next, ServerAnswer, Start};
use super::draws::Draws;
use super::end::{FaultCause, OUTCOMES, ScriptEnd, ScriptFault, SqlFailure};
use super::eval::{Scope, evaluate};
use super::expression::Expression;
use super::kind::SqlKind;
use super::names::{Slot, is_name};
use super::place::FilePlace;
use super::program::{Pause, PauseLength, Script, ScriptCommand};
use super::sql::{Saving, SqlText};
use super::variables::Variables;
use super::worthless::Worthless;

/// The SQLSTATE of a statement that follows a failed one in its transaction.
const IN_FAILED_TRANSACTION: &str = "25P02";

/// One try of a script: [`Run::advance`] says what is to be done, and after each
/// [`Next::Send`] [`Run::answer`] is told how it went.
#[derive(Debug)]
pub struct Run {
    script: Arc<Script>,
    variables: Variables,
    kept: Vec<(Arc<str>, Datum)>,
    repeats_writes: bool,
    at: usize,
    /// The statement that was sent and not answered.
    sent: Option<usize>,
    transaction: Books,
    /// An error that the script has read, while nothing has succeeded since.
    unresolved: Option<(FilePlace, SqlFailure)>,
    ended: Option<ScriptEnd>,
}

impl Run {
    /// Begins a try, outside a transaction.
    #[must_use]
    pub fn begin(script: Arc<Script>, start: Start<'_>) -> Self {
        let mut values = vec![None; script.names.len()];
        let mut given = vec![false; script.names.len()];
        let seeds = super::names::SEEDS.map(|name| (name, Datum::Int(start.seed)));
        for (name, value) in seeds.iter().chain(start.bound) {
            if let Some(slot) = script.names.known(name) {
                values[slot] = Some(value.clone());
                given[slot] = true;
            }
        }
        Self {
            variables: Variables {
                values,
                given,
                others: Vec::new(),
                draws: Draws::new(start.seed.cast_unsigned()),
            },
            kept: start.kept.to_vec(),
            repeats_writes: start.repeats_writes,
            at: 0,
            sent: None,
            transaction: Books::default(),
            unresolved: None,
            ended: None,
            script,
        }
    }

    /// Goes on to the next thing to be done.
    ///
    /// # Panics
    /// If a statement was sent and not answered.
    pub fn advance(&mut self) -> Next {
        assert!(self.sent.is_none(), "the statement before was not answered");
        let script = self.script.clone();
        while self.ended.is_none() {
            let Some(placed) = script.commands.get(self.at) else {
                self.ended = Some(self.end());
                break;
            };
            let command = self.at;
            self.at += 1;
            match self.carry_out(command, placed.place, &placed.command) {
                Ok(Some(next)) => return next,
                Ok(None) => {}
                Err(worthless) => {
                    let cause = self.cause(worthless);
                    self.fail(placed.place, cause);
                }
            }
        }
        Next::Ended(self.ended.clone().unwrap_or(ScriptEnd::Done))
    }

    fn carry_out(
        &mut self,
        number: usize,
        place: FilePlace,
        command: &ScriptCommand,
    ) -> Result<Option<Next>, Worthless> {
        match command {
            ScriptCommand::Sql(sql) => {
                self.sent = Some(number);
                let next = Next::Send {
                    sql: sql.text.clone(),
                    binds: self.binds(sql)?,
                    kind: sql.kind,
                    reach: sql.reach,
                    place,
                    command: number,
                };
                return Ok(Some(next));
            }
            ScriptCommand::Set(slot, expression) => {
                let value = self.value(expression)?;
                self.variables.set(*slot, value);
            }
            ScriptCommand::Keep(slot, expression) => {
                let name = self.script.names.name(*slot);
                let kept = self.kept.iter().find(|(kept, _)| kept == name);
                let value = match kept {
                    Some((_, value)) => value.clone(),
                    None => self.value(expression)?,
                };
                self.variables.set(*slot, value);
            }
            ScriptCommand::Branch(condition, otherwise) => {
                if self.value(condition)?.truth() != Some(true) {
                    self.at = *otherwise;
                }
            }
            ScriptCommand::Jump(to) => self.at = *to,
            ScriptCommand::Sleep(pause) => return self.sleep(*pause).map(Some),
            ScriptCommand::Effect(name, expression) => {
                let (name, value) = (name.clone(), self.value(expression)?);
                return Ok(Some(Next::Effect { name, value, place }));
            }
        }
        Ok(None)
    }

    fn value(&mut self, expression: &Expression) -> Result<Datum, Worthless> {
        evaluate(expression, &mut self.variables)
    }

    fn binds(&mut self, sql: &SqlText) -> Result<Vec<Option<String>>, Worthless> {
        let bind = |(slot, _): &(Slot, FilePlace)| {
            let value = self.variables.variable(*slot);
            value.map(Datum::bound).ok_or(Worthless::Unset(*slot))
        };
        sql.variables.iter().map(bind).collect()
    }

    fn sleep(&self, pause: Pause) -> Result<Next, Worthless> {
        let units = match pause.of {
            PauseLength::Fixed(units) => units,
            PauseLength::Variable(slot, _) => {
                let value = self
                    .variables
                    .variable(slot)
                    .ok_or(Worthless::Unset(slot))?;
                match value.computable() {
                    Some(Datum::Int(units)) => units.try_into().unwrap_or(0),
                    _ => return Worthless::because(format!("\\sleep of {value}")),
                }
            }
        };
        Ok(Next::Sleep(units.saturating_mul(pause.unit_us)))
    }

    /// Tells what the server answered to the statement that was sent.
    ///
    /// # Panics
    /// If none was.
    pub fn answer(&mut self, answer: ServerAnswer) {
        let number = self.sent.take().expect("a statement was sent");
        let script = self.script.clone();
        let placed = &script.commands[number];
        let ScriptCommand::Sql(sql) = &placed.command else {
            return;
        };
        match answer {
            ServerAnswer::Failed(failure) => {
                let failure = sql.with_hint(failure, &script.names);
                self.failed(number, placed.place, sql.kind, failure);
            }
            ServerAnswer::Done(completion) => {
                self.transaction.done(sql.kind, &completion);
                if self.transaction.last_end != Some(LastEnd::NotCommitted) {
                    self.unresolved = None;
                }
                self.tell("00000", completion.affected, false);
                if let Some((saving, prefix)) = &sql.saves
                    && let Err(cause) = self.save(*saving, prefix, completion)
                {
                    self.fail(placed.place, cause);
                }
            }
        }
    }

    /// An error of a statement ends the try, unless the next command reads it.
    fn failed(&mut self, number: usize, place: FilePlace, kind: SqlKind, failure: SqlFailure) {
        self.transaction.failed(kind);
        self.tell(&failure.sqlstate, 0, true);
        // PostgreSQL refuses what follows an error; the caller is to hear of that one.
        let (place, failure) = match self.unresolved.take() {
            Some(first) if failure.sqlstate == IN_FAILED_TRANSACTION => first,
            _ => (place, failure),
        };
        if self.script.handles_error(number) {
            self.unresolved = Some((place, failure));
        } else {
            self.ended = Some(self.raised(place, failure));
        }
    }

    /// What an error comes to that the script does nothing about.
    fn raised(&self, place: FilePlace, failure: SqlFailure) -> ScriptEnd {
        let may_repeat = self.repeats_writes || !self.transaction.has_committed_write;
        if failure.is_lost_race() && may_repeat {
            return ScriptEnd::Again(Some(failure));
        }
        self.fault(place, FaultCause::Sql(failure))
    }

    /// Sets the variables of psql.
    fn tell(&mut self, sqlstate: &str, rows: u64, is_error: bool) {
        let rows = Datum::Int(i64::try_from(rows).unwrap_or(i64::MAX));
        let said = [
            ("ROW_COUNT", rows),
            ("ERROR", is_error.into()),
            ("SQLSTATE", sqlstate.into()),
        ];
        for (name, value) in said {
            if let Some(slot) = self.script.names.known(name) {
                self.variables.set(slot, value);
            }
        }
    }

    fn save(
        &mut self,
        saving: Saving,
        prefix: &str,
        completion: Completion,
    ) -> Result<(), FaultCause> {
        let Completion {
            columns, mut rows, ..
        } = completion;
        if saving == Saving::One && rows.len() != 1 {
            return Err(FaultCause::NotOneRow(rows.len()));
        }
        let mut row = rows.pop().unwrap_or_default().into_iter();
        for column in columns {
            let name = format!("{prefix}{column}");
            if !is_name(&name) {
                return Err(FaultCause::Column(name));
            }
            let value = Datum::answered(row.next().flatten().as_deref());
            self.assign(name, value);
        }
        Ok(())
    }

    fn assign(&mut self, name: String, value: Datum) {
        if let Some(slot) = self.script.names.known(&name) {
            self.variables.set(slot, value);
            return;
        }
        let others = &mut self.variables.others;
        others.retain(|(other, _)| *other != name);
        others.push((name, value));
    }

    fn fail(&mut self, place: FilePlace, cause: FaultCause) {
        self.sent = None;
        self.ended = Some(self.fault(place, cause));
    }

    fn fault(&self, place: FilePlace, cause: FaultCause) -> ScriptEnd {
        let file = self.script.file.clone();
        ScriptEnd::Failed(ScriptFault { file, place, cause })
    }

    fn cause(&self, worthless: Worthless) -> FaultCause {
        match worthless {
            Worthless::Because(message) => FaultCause::Worthless(message),
            Worthless::Unset(slot) => FaultCause::Unset(self.script.names.name(slot).clone()),
            Worthless::Text(slot, text) => {
                let name = self.script.names.name(slot);
                FaultCause::Worthless(format!("malformed variable \"{name}\" value: \"{text}\""))
            }
        }
    }

    /// What the script says of its outcome.
    fn end(&self) -> ScriptEnd {
        let says = |name: &&&str| {
            let value = self.script.names.known(name);
            let value = value.and_then(|slot| self.variables.variable(slot));
            value.is_some_and(|value| value.truth() == Some(true))
        };
        let said: Vec<&&str> = OUTCOMES.iter().filter(says).collect();
        let last = self.script.commands.last().map(|placed| placed.place);
        let place = last.unwrap_or(FilePlace { line: 1, column: 1 });
        // An error that was read, and nothing came of it.
        let none = |cause| match self.unresolved.clone() {
            Some((place, failure)) => self.raised(place, failure),
            None => self.fault(place, cause),
        };
        let fault = |cause| self.fault(place, cause);
        let last_end = self.transaction.last_end;
        match said[..] {
            _ if self.transaction.is_open => fault(FaultCause::LeftOpen),
            [&"outcome_refused"] => ScriptEnd::Refused,
            [&"outcome_again"] => ScriptEnd::Again(None),
            [_, _, ..] => fault(FaultCause::Outcomes),
            _ if last_end == Some(LastEnd::NotCommitted) => none(FaultCause::NotCommitted),
            [_] => ScriptEnd::Done,
            [] => match last_end {
                Some(LastEnd::RolledBack) => ScriptEnd::Refused,
                Some(_) => ScriptEnd::Done,
                None => none(FaultCause::NoOutcome),
            },
        }
    }

    /// Whether the variable of that name was bound, and nothing has set it since.
    #[must_use]
    pub fn holds_given(&self, name: &str) -> bool {
        let slot = self.script.names.known(name);
        slot.is_some_and(|slot| self.variables.given[slot])
    }

    /// Whether a transaction is open.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.transaction.is_open
    }

    /// Whether a write of this try is durable.
    #[must_use]
    pub const fn has_committed_write(&self) -> bool {
        self.transaction.has_committed_write
    }

    /// The variables that the next try is to begin with: those of `\keep`.
    #[must_use]
    pub fn kept(&self) -> Vec<(Arc<str>, Datum)> {
        let mut kept = self.kept.clone();
        for placed in &self.script.commands {
            if let ScriptCommand::Keep(slot, _) = &placed.command
                && let Some(value) = self.variables.variable(*slot)
            {
                let name = self.script.names.name(*slot);
                kept.retain(|(other, _)| other != name);
                kept.push((name.clone(), value.clone()));
            }
        }
        kept
    }

    /// Every variable that is set, by name.
    #[must_use]
    pub fn variables(&self) -> Vec<(&str, &Datum)> {
        let named = self.script.names.iter();
        let named =
            named.filter_map(|(slot, name)| Some((&**name, self.variables.variable(slot)?)));
        let others = self.variables.others.iter();
        let others = others.map(|(name, value)| (name.as_str(), value));
        let mut all: Vec<(&str, &Datum)> = named.chain(others).collect();
        all.sort_by_key(|(name, _)| *name);
        all
    }
}
