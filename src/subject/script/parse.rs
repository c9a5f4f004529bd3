//! Reading a script: all that is wrong with it is said before anything starts.

use std::sync::Arc;

use super::check;
use super::names::{Names, OF_PSQL, SEEDS};
use super::place::{FilePlace, FileText, LineStarts, Refusal, Refusals};
use super::program::{Script, ScriptCommand};
use super::reading::Reading;

impl Script {
    /// Reads a file. `bound_names` are the variables that each run is given a value of.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place, what was found, and what
    /// would be right. What depends on the paths through the file is looked for only
    /// where all commands could be read.
    pub fn parse(file: &str, text: &str, bound_names: &[&str]) -> Result<Self, Refusals> {
        let file: Arc<str> = file.into();
        let lines = LineStarts::of(text);
        let mut names = Names::default();
        for name in OF_PSQL.iter().chain(&SEEDS).chain(bound_names) {
            names.slot(name);
        }
        let source = FileText {
            text,
            lines: &lines,
        };
        let reading = Reading::of(source, names);
        let refusal = |place: FilePlace, found: String, right: String| Refusal {
            file: file.clone(),
            place,
            found,
            right,
        };
        let wrong = reading.wrong.into_iter();
        let mut refusals: Vec<Refusal> = wrong
            .map(|wrong| refusal(source.place(wrong.at), wrong.found, wrong.right))
            .collect();
        let script = Self {
            file: file.clone(),
            names: reading.names,
            bound: bound_names.iter().map(|name| (*name).into()).collect(),
            commands: reading.commands,
        };
        if refusals.is_empty() {
            let found = match touches_nothing(&script) {
                Some(nothing) => vec![nothing],
                None => check::paths(&script, bound_names),
            };
            refusals.extend(
                found
                    .into_iter()
                    .map(|(place, found, right)| refusal(place, found, right)),
            );
        }
        if refusals.is_empty() {
            return Ok(script);
        }
        refusals.sort_by_key(|refusal| refusal.place);
        Err(Refusals(refusals))
    }
}

/// A script without a statement that could read or change a row.
fn touches_nothing(script: &Script) -> Option<check::WrongOnWay> {
    let touches = |command: &ScriptCommand| match command {
        ScriptCommand::Sql(sql) => !sql.kind.is_control(),
        _ => false,
    };
    if script
        .commands
        .iter()
        .any(|placed| touches(&placed.command))
    {
        return None;
    }
    let found = match script.commands.first() {
        None => "an empty file",
        Some(_) => "a file that touches nothing",
    };
    let first = script.commands.first().map(|placed| placed.place);
    let place = first.unwrap_or(FilePlace { line: 1, column: 1 });
    let right = "write the statements of one attempt, each with ; behind it";
    Some((place, found.into(), right.into()))
}
