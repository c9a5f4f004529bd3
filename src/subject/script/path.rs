//! What is known of a script at one of its commands, on one way to it.

use std::collections::BTreeMap;

use super::datum::Datum;
use super::draws::Draws;
use super::eval::{Scope, evaluate};
use super::expression::Expression;
use super::functions::Function;
use super::names::Slot;
use super::place::FilePlace;

/// Ways into which one condition is split. Beyond it the condition is followed as a whole.
const PARTS_MAX: usize = 8;

/// The transaction, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transaction {
    /// None.
    Outside,
    /// None, since its COMMIT failed: a ROLLBACK is needless, but does no harm.
    Lost,
    /// It began there.
    Open(FilePlace),
    /// It began there, and a statement in it failed.
    Failed(FilePlace),
}

/// One way through a script, up to a command.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// Whether each variable is set.
    pub(super) set: Vec<bool>,
    /// The values that are known.
    pub(super) values: BTreeMap<Slot, Datum>,
    /// What conditions and their parts were, by their keys, with the variables in them.
    pub(super) conditions: BTreeMap<String, (bool, Vec<Slot>)>,
    pub(super) transaction: Transaction,
    /// Whether a transaction has ended.
    pub(super) has_ended_one: bool,
    /// Whether an error was read, and nothing has succeeded since: it goes to the caller
    /// where nothing else is said.
    pub(super) has_error: bool,
    /// The branches that were taken, with what the condition was.
    pub(super) branches: Vec<(FilePlace, bool)>,
    /// The last command.
    pub(super) last: FilePlace,
}

impl Way {
    /// Whether all that comes is the same on both.
    pub(super) fn leads_on_as(&self, other: &Self) -> bool {
        self.set == other.set
            && self.values == other.values
            && self.conditions == other.conditions
            && self.transaction == other.transaction
            && self.has_ended_one == other.has_ended_one
            && self.has_error == other.has_error
    }

    /// The variable has a value that is not known.
    pub(super) fn assign(&mut self, slot: Slot) {
        self.set[slot] = true;
        self.values.remove(&slot);
        self.conditions
            .retain(|_, (_, slots)| !slots.contains(&slot));
    }

    /// The variable has this value.
    pub(super) fn assign_known(&mut self, slot: Slot, value: Datum) {
        self.assign(slot);
        self.values.insert(slot, value);
    }

    /// The value of an expression, if it is known.
    pub(super) fn value(&self, expression: &Expression) -> Option<Datum> {
        evaluate(expression, &mut Known(&self.values)).ok()
    }

    /// What a condition is, if that is known, of it or of its parts.
    pub(super) fn truth(&self, condition: &Expression) -> Option<bool> {
        let known = self.value(condition).and_then(|value| value.truth());
        let known = known.or_else(|| Some(self.conditions.get(&condition.key()?)?.0));
        known.or_else(|| match condition {
            Expression::And(parts) => self.decided(parts, false),
            Expression::Or(parts) => self.decided(parts, true),
            Expression::Call(Function::Not, parts) => self.truth(&parts[0]).map(|is| !is),
            _ => None,
        })
    }

    /// What two parts make, of which one that is `decisive` decides.
    fn decided(&self, parts: &[Expression; 2], decisive: bool) -> Option<bool> {
        match [self.truth(&parts[0]), self.truth(&parts[1])] {
            [Some(is), _] | [_, Some(is)] if is == decisive => Some(decisive),
            [Some(_), Some(_)] => Some(!decisive),
            _ => None,
        }
    }

    /// The ways on which the condition is so; none where it cannot be.
    pub(super) fn branch(&self, at: FilePlace, condition: &Expression, is: bool) -> Vec<Self> {
        let mut ways = self.assume(condition, is);
        for way in &mut ways {
            way.branches.push((at, is));
        }
        ways
    }

    /// Splits where several parts can make the condition so: a script that asks for a
    /// part again gets the same answer. NULL is taken for false, also behind NOT.
    fn assume(&self, condition: &Expression, is: bool) -> Vec<Self> {
        match self.truth(condition) {
            Some(known) if known != is => return Vec::new(),
            Some(_) => return vec![self.clone()],
            None => {}
        }
        let ways = match condition {
            Expression::And(parts) => self.assume_parts(parts, is, true),
            Expression::Or(parts) => self.assume_parts(parts, is, false),
            Expression::Call(Function::Not, parts) => self.assume(&parts[0], !is),
            _ => vec![self.noting(condition, is)],
        };
        if ways.len() > PARTS_MAX {
            return vec![self.noting(condition, is)];
        }
        ways
    }

    /// Of two parts that both are `all` where the whole is.
    fn assume_parts(&self, parts: &[Expression; 2], is: bool, all: bool) -> Vec<Self> {
        let [first, second] = parts;
        let onward = self.assume(first, all).into_iter();
        let both = onward.flat_map(|way| way.assume(second, is));
        if is == all {
            return both.collect();
        }
        self.assume(first, is).into_iter().chain(both).collect()
    }

    fn noting(&self, condition: &Expression, is: bool) -> Self {
        let mut way = self.clone();
        if let Some(key) = condition.key() {
            let slots = condition.variables().into_iter();
            let slots = slots.map(|(slot, _)| slot).collect();
            way.conditions.insert(key, (is, slots));
        }
        way
    }

    /// Whether a variable may be true.
    pub(super) fn may_be_true(&self, slot: Slot) -> bool {
        let value = self.values.get(&slot);
        self.set[slot] && value.is_none_or(|value| value.truth() != Some(false))
    }

    /// Whether a variable is known to be true.
    pub(super) fn is_true(&self, slot: Slot) -> bool {
        let value = self.values.get(&slot);
        self.set[slot] && value.is_some_and(|value| value.truth() == Some(true))
    }

    /// In words; empty if there was no branch.
    pub(super) fn described(&self) -> String {
        let branches = self.branches.iter();
        let words: Vec<String> = branches
            .map(|(place, is)| format!("line {} is {is}", place.line))
            .collect();
        if words.is_empty() {
            return String::new();
        }
        format!(" where the condition of {}", words.join(", of "))
    }
}

/// What is known before the start.
struct Known<'w>(&'w BTreeMap<Slot, Datum>);

impl Scope for Known<'_> {
    fn variable(&self, slot: Slot) -> Option<&Datum> {
        self.0.get(&slot)
    }

    fn draws(&mut self) -> Option<&mut Draws> {
        None
    }
}
