//! A request as a script.

use super::found::FoundSources;
use super::frame::{head, opening, outcome};
use super::names::VariableNames;
use super::twice::TwiceSaid;
use super::writer::Writer;

/// A script, and what was found of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedScript {
    /// The script itself.
    pub text: String,
    /// How many statements it has.
    pub statements: usize,
    /// Each variable with what it is, in the sequence in which they are used.
    pub variables: Vec<(String, String)>,
    /// What a reader should know, a sentence each.
    pub notes: Vec<String>,
}

/// Writes the script.
#[must_use]
pub fn script(request: &TwiceSaid) -> RecordedScript {
    let found = FoundSources::of(request);
    let replies = request.first.statements.iter().map(|it| &it.reply);
    let columns = replies.flat_map(|reply| &reply.columns);
    let columns = columns.map(|column| column.name.as_str());
    let names = VariableNames::of_columns(columns);
    let mut writer = Writer::new(&found, names);
    let statements = &request.first.statements;
    for (at, statement) in statements.iter().enumerate() {
        writer.statement(at, statement);
    }
    let body = writer.text;
    let mut notes = Vec::new();
    if !found.knowledge.is_twice {
        notes.push(
            "a second buyer's request sent other statements: what is the buyer's own, or made anew \
             each time, was not told apart"
                .to_owned(),
        );
    }
    let left_out = request.first.left_out.iter();
    notes.extend(left_out.map(|text| format!("left out, for a driver says it: {text}")));
    RecordedScript {
        text: format!(
            "{}{}{body}{}",
            head(request, &found, &notes),
            opening(&request.opening),
            outcome(statements, request.told)
        ),
        statements: statements.len(),
        variables: writer.variables,
        notes,
    }
}
