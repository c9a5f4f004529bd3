//! Expressions: what `\set`, `\if` and `\effect` compute.

use super::datum::Datum;
use super::functions::Function;
use super::names::Slot;
use super::place::FilePlace;

/// An expression.
#[derive(Debug, Clone)]
pub(super) enum Expression {
    Constant(Datum),
    Variable(Slot, FilePlace),
    Call(Function, Vec<Expression>),
    And(Box<[Expression; 2]>),
    Or(Box<[Expression; 2]>),
    /// Conditions with their values, and the value if none is true.
    Case(Vec<(Expression, Expression)>, Box<Expression>),
}

impl Expression {
    /// The variables that it may read, and where.
    pub(super) fn variables(&self) -> Vec<(Slot, FilePlace)> {
        let mut found = Vec::new();
        self.visit(&mut |part| {
            if let Self::Variable(slot, place) = part {
                found.push((*slot, *place));
            }
        });
        found
    }

    /// Equal for expressions that are always equal while their variables keep their
    /// values; `None` where it draws.
    pub(super) fn key(&self) -> Option<String> {
        let (mut key, mut draws) = (String::new(), false);
        self.visit(&mut |part| match part {
            Self::Constant(value) => key.push_str(&format!("{value:?} ")),
            Self::Variable(slot, _) => key.push_str(&format!(":{slot} ")),
            Self::Call(function, arguments) => {
                draws |= function.is_random();
                key.push_str(&format!("{function:?}/{} ", arguments.len()));
            }
            Self::And(_) => key.push_str("and "),
            Self::Or(_) => key.push_str("or "),
            Self::Case(arms, _) => key.push_str(&format!("case/{} ", arms.len())),
        });
        (!draws).then_some(key)
    }

    /// Sees it and all its parts.
    pub(super) fn visit(&self, see: &mut impl FnMut(&Self)) {
        see(self);
        match self {
            Self::Constant(_) | Self::Variable(..) => {}
            Self::Call(_, parts) => parts.iter().for_each(|part| part.visit(see)),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.visit(see)),
            Self::Case(arms, otherwise) => {
                for (condition, value) in arms {
                    condition.visit(see);
                    value.visit(see);
                }
                otherwise.visit(see);
            }
        }
    }
}
