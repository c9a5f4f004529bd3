//! A script that was read: commands, one after the other, with jumps forward.

use std::sync::Arc;

use super::expression::Expression;
use super::kind::SqlKind;
use super::names::{Names, Slot};
use super::place::FilePlace;
use super::sql::SqlText;

/// A script, read whole and found right.
#[derive(Debug, Clone)]
pub struct Script {
    pub(super) file: Arc<str>,
    pub(super) names: Names,
    /// The names that each run is given a value of.
    pub(super) bound: Vec<Arc<str>>,
    pub(super) commands: Vec<Placed>,
}

/// A command and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) place: FilePlace,
    pub(super) command: ScriptCommand,
}

/// What a command does. Jumps lead to a later command, or behind the last one.
#[derive(Debug, Clone)]
pub(super) enum ScriptCommand {
    /// Sends a statement.
    Sql(SqlText),
    /// Sets a variable.
    Set(Slot, Expression),
    /// Sets a variable in the first try, and leaves it as the try before left it in each
    /// later one.
    Keep(Slot, Expression),
    /// Goes on if the condition is true, else jumps.
    Branch(Expression, usize),
    /// Jumps.
    Jump(usize),
    /// Lets some time pass.
    Sleep(Pause),
    /// Records an effect outside the database.
    Effect(Arc<str>, Expression),
}

/// How long to sleep.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pause {
    pub(super) of: PauseLength,
    /// Microseconds of one unit.
    pub(super) unit_us: u64,
}

/// How many units to sleep.
#[derive(Debug, Clone, Copy)]
pub(super) enum PauseLength {
    Fixed(u64),
    Variable(Slot, FilePlace),
}

impl Script {
    /// The name of the file, as it was given.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Whether some command reads the variable of that name.
    #[must_use]
    pub fn reads(&self, name: &str) -> bool {
        let slot = self.names.known(name);
        let mut commands = self.commands.iter().map(|placed| placed.command.reads());
        commands.any(|reads| reads.iter().any(|(read, _)| slot == Some(*read)))
    }

    /// Whether it has a variable of that name: one that it sets, or is given.
    #[must_use]
    pub fn has_variable(&self, name: &str) -> bool {
        self.names.known(name).is_some()
    }

    /// Its statements: where each stands, its text with `$1`, `$2`, ..., and what it
    /// does, in the order of the file.
    pub fn statements(&self) -> impl Iterator<Item = (FilePlace, &Arc<str>, SqlKind)> {
        self.commands
            .iter()
            .filter_map(|placed| match &placed.command {
                ScriptCommand::Sql(sql) => Some((placed.place, &sql.text, sql.kind)),
                _ => None,
            })
    }

    /// Where it first records an effect outside the database.
    #[must_use]
    pub fn first_effect(&self) -> Option<FilePlace> {
        let is_effect = |placed: &&Placed| matches!(placed.command, ScriptCommand::Effect(..));
        Some(self.commands.iter().find(is_effect)?.place)
    }

    /// Whether the command that runs after a statement reads how it went: then the
    /// script handles its error.
    pub(super) fn handles_error(&self, at: usize) -> bool {
        let mut next = at + 1;
        while let Some(ScriptCommand::Jump(to)) = self.commands.get(next).map(|p| &p.command) {
            next = *to;
        }
        let reads = self.commands.get(next).map(|placed| placed.command.reads());
        let names = ["ERROR", "SQLSTATE"].map(|name| self.names.known(name));
        let reads = reads.unwrap_or_default().into_iter();
        reads
            .into_iter()
            .any(|(slot, _)| names.contains(&Some(slot)))
    }
}

impl ScriptCommand {
    /// The variables that it reads, and where.
    pub(super) fn reads(&self) -> Vec<(Slot, FilePlace)> {
        match self {
            Self::Sql(sql) => sql.variables.clone(),
            Self::Set(_, expression)
            | Self::Keep(_, expression)
            | Self::Branch(expression, _)
            | Self::Effect(_, expression) => expression.variables(),
            Self::Sleep(Pause {
                of: PauseLength::Variable(slot, place),
                ..
            }) => vec![(*slot, *place)],
            Self::Sleep(_) | Self::Jump(_) => Vec::new(),
        }
    }
}
