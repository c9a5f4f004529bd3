//! What is wrong with a script on some way through it.
//!
//! Jumps lead forward only, so each command is looked at once, with every way that
//! leads to it. Ways are told apart by what is known on them: a condition that was true
//! is true again while its variables keep their values. A check that looked at each
//! command alone would refuse right scripts.

use std::collections::{BTreeMap, BTreeSet};

use super::datum::Datum;
use super::end::OUTCOMES;
use super::kind::SqlKind;
use super::names::{Slot, nearest};
use super::needs::Needs;
use super::path::{Transaction, Way};
use super::place::FilePlace;
use super::program::{Script, ScriptCommand};
use super::sql::SqlText;

/// A place, what was found there, and what would be right.
pub(super) type WrongOnWay = (FilePlace, String, String);

struct Check<'s> {
    script: &'s Script,
    found: BTreeMap<(FilePlace, String), WrongOnWay>,
    row_count: Slot,
    error: Slot,
    sqlstate: Slot,
}

/// Everything that is wrong on some way.
pub(super) fn paths(script: &Script, bound: &[&str]) -> Vec<WrongOnWay> {
    let slot = |name: &str| script.names.known(name).unwrap_or_default();
    let mut check = Check {
        script,
        found: BTreeMap::new(),
        row_count: slot("ROW_COUNT"),
        error: slot("ERROR"),
        sqlstate: slot("SQLSTATE"),
    };
    let needs = Needs::of(script);
    let commands = script.commands.len();
    let mut ways: Vec<Vec<Way>> = vec![Vec::new(); commands + 1];
    ways[0].push(start(script, bound));
    for at in 0..commands {
        for way in needs.apart(at, std::mem::take(&mut ways[at])) {
            for (to, way) in check.step(at, way) {
                ways[to].push(way);
            }
        }
    }
    for way in std::mem::take(&mut ways[commands]) {
        check.end(&way);
    }
    check.found.into_values().collect()
}

fn start(script: &Script, bound: &[&str]) -> Way {
    let mut way = Way {
        set: vec![false; script.names.len()],
        values: BTreeMap::new(),
        conditions: BTreeMap::new(),
        transaction: Transaction::Outside,
        has_ended_one: false,
        has_error: false,
        branches: Vec::new(),
        last: FilePlace { line: 1, column: 1 },
    };
    for name in bound.iter().chain(&super::names::SEEDS) {
        if let Some(slot) = script.names.known(name) {
            way.assign(slot);
        }
    }
    way
}

impl Check<'_> {
    fn refuse(&mut self, place: FilePlace, what: &str, way: &Way, right: impl Into<String>) {
        let key = (place, what.to_owned());
        let found = format!("{what}{}", way.described());
        let found = (place, found, right.into());
        self.found.entry(key).or_insert(found);
    }

    /// Where a way leads from a command.
    fn step(&mut self, at: usize, mut way: Way) -> Vec<(usize, Way)> {
        let placed = &self.script.commands[at];
        self.reads(&placed.command, &mut way);
        let before = std::mem::replace(&mut way.last, placed.place);
        match &placed.command {
            ScriptCommand::Jump(to) => {
                way.last = before;
                vec![(*to, way)]
            }
            ScriptCommand::Branch(condition, otherwise) => {
                let leads = |to: usize, is: bool| {
                    let ways = way.branch(placed.place, condition, is).into_iter();
                    ways.map(move |way| (to, way))
                };
                leads(at + 1, true)
                    .chain(leads(*otherwise, false))
                    .collect()
            }
            ScriptCommand::Set(slot, expression) => {
                match way.value(expression) {
                    Some(value) => way.assign_known(*slot, value),
                    None => way.assign(*slot),
                }
                vec![(at + 1, way)]
            }
            ScriptCommand::Keep(slot, _) => {
                way.assign(*slot);
                vec![(at + 1, way)]
            }
            ScriptCommand::Sleep(_) | ScriptCommand::Effect(..) => vec![(at + 1, way)],
            ScriptCommand::Sql(sql) => self.statement(at, sql, way),
        }
    }

    /// Refuses what is read and not set.
    fn reads(&mut self, command: &ScriptCommand, way: &mut Way) {
        for (slot, place) in command.reads() {
            if way.set[slot] {
                continue;
            }
            let name = self.script.names.name(slot);
            let set = self.settable();
            let right = match nearest(name, set.iter().copied()) {
                _ if set.contains(&&**name) => {
                    "set it on every way that leads here, or bind it".to_owned()
                }
                Some(near) => format!("did you mean :{near}?"),
                None => "set it before, or bind it".to_owned(),
            };
            let found = format!("the variable :{name}, which is not set");
            self.refuse(place, &found, way, right);
            way.set[slot] = true;
        }
    }

    /// The names that something sets.
    fn settable(&self) -> BTreeSet<&str> {
        let names = &self.script.names;
        let mut set: BTreeSet<&str> = BTreeSet::new();
        for placed in &self.script.commands {
            match &placed.command {
                ScriptCommand::Set(slot, _) | ScriptCommand::Keep(slot, _) => {
                    set.insert(names.name(*slot));
                }
                ScriptCommand::Sql(sql) => {
                    let columns = self.prefixed(sql).filter(|(_, is_column)| *is_column);
                    set.extend(columns.map(|(slot, _)| &**names.name(slot)));
                }
                _ => {}
            }
        }
        set.extend(self.script.bound.iter().map(|name| &**name));
        set
    }

    /// The variables that begin with the prefix of a statement whose rows are saved,
    /// and whether one of its columns is known to have the rest of the name.
    fn prefixed<'c>(&'c self, sql: &'c SqlText) -> impl Iterator<Item = (Slot, bool)> + 'c {
        let names = self.script.names.iter();
        names.filter_map(move |(slot, name)| {
            let (_, prefix) = sql.saves.as_ref()?;
            let column = name.strip_prefix(&**prefix)?;
            let is_column = sql.columns.names.iter().any(|known| known == column);
            Some((slot, is_column))
        })
    }

    /// Sets what the rows of a statement set. Where not all columns are known, one of
    /// them may be any variable that was not set; the others are taken to stay as they
    /// are, and what is known of them with them.
    fn save(&self, sql: &SqlText, way: &mut Way) {
        for (slot, is_column) in self.prefixed(sql) {
            let is_outcome = OUTCOMES.contains(&&**self.script.names.name(slot));
            if is_column {
                way.assign(slot);
            } else if !sql.columns.is_whole && !is_outcome {
                way.set[slot] = true;
            }
        }
    }

    fn statement(&mut self, at: usize, sql: &SqlText, way: Way) -> Vec<(usize, Way)> {
        let place = self.script.commands[at].place;
        let mut leads = Vec::new();
        if self.script.handles_error(at) {
            leads.push((at + 1, self.failed(sql.kind, way.clone())));
        }
        // Nothing but an end succeeds in a failed transaction.
        let is_failed = matches!(way.transaction, Transaction::Failed(_));
        let ends = sql.kind.ends() || sql.kind == SqlKind::RollbackTo;
        if !is_failed || ends {
            leads.push((at + 1, self.succeeded(place, sql, way)));
        }
        leads
    }

    fn failed(&self, kind: SqlKind, mut way: Way) -> Way {
        way.assign_known(self.error, Datum::Bool(true));
        way.assign(self.sqlstate);
        way.assign_known(self.row_count, Datum::Int(0));
        way.transaction = match way.transaction {
            Transaction::Open(_) | Transaction::Failed(_) if kind.ends() => Transaction::Lost,
            Transaction::Open(begin) => Transaction::Failed(begin),
            other => other,
        };
        way.has_ended_one |= kind == SqlKind::Commit;
        way.has_error = true;
        way
    }

    fn succeeded(&mut self, place: FilePlace, sql: &SqlText, mut way: Way) -> Way {
        self.nesting(place, sql.kind, &way);
        way.assign_known(self.error, Datum::Bool(false));
        way.assign_known(self.sqlstate, "00000".into());
        way.assign(self.row_count);
        self.save(sql, &mut way);
        way.transaction = match (sql.kind, way.transaction) {
            (SqlKind::Begin, _) => Transaction::Open(place),
            (SqlKind::Commit | SqlKind::Rollback, _) => Transaction::Outside,
            (SqlKind::RollbackTo, Transaction::Failed(begin)) => Transaction::Open(begin),
            (_, transaction) => transaction,
        };
        way.has_ended_one |= sql.kind.ends();
        way.has_error = false;
        way
    }

    /// Refuses what begins a transaction in one, and what ends none.
    fn nesting(&mut self, place: FilePlace, kind: SqlKind, way: &Way) {
        let inside = match way.transaction {
            Transaction::Open(begin) | Transaction::Failed(begin) => Some(begin),
            Transaction::Outside | Transaction::Lost => None,
        };
        let (found, right) = match (kind, inside) {
            (SqlKind::Begin, Some(begin)) => {
                let begin = begin.line;
                let right = format!("end the transaction of line {begin} before, or leave it out");
                ("a BEGIN inside a transaction", right)
            }
            (SqlKind::Rollback, None) if way.transaction == Transaction::Lost => return,
            (SqlKind::Commit | SqlKind::Rollback, None) => (
                "the end of a transaction outside of one",
                "write BEGIN before, or leave it out".to_owned(),
            ),
            (SqlKind::Savepoint | SqlKind::RollbackTo, None) => (
                "a savepoint outside a transaction",
                "write BEGIN before".to_owned(),
            ),
            _ => return,
        };
        self.refuse(place, found, way, right);
    }

    /// Refuses a way that ends in a transaction, or without a word of the outcome.
    fn end(&mut self, way: &Way) {
        if let Transaction::Open(begin) | Transaction::Failed(begin) = way.transaction {
            let right = "end it with COMMIT or ROLLBACK on every way to the end of the file";
            self.refuse(begin, "a transaction that is open at the end", way, right);
            return;
        }
        let known = OUTCOMES
            .iter()
            .filter_map(|name| self.script.names.known(name));
        let outcomes: Vec<Slot> = known.collect();
        let said = outcomes.iter().filter(|slot| way.is_true(**slot)).count();
        if said > 1 {
            let right = "set one of outcome_done, outcome_refused and outcome_again to 1";
            self.refuse(way.last, "several outcomes are said at the end", way, right);
        }
        let is_said = outcomes.iter().any(|slot| way.may_be_true(*slot));
        if !is_said && !way.has_ended_one && !way.has_error {
            let right = "say how the attempt ended: \\set outcome_done 1, outcome_refused or \
                         outcome_again; or end a transaction with COMMIT or ROLLBACK";
            self.refuse(way.last, "no outcome is said at the end", way, right);
        }
    }
}
