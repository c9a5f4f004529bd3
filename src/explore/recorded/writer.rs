//! Statements with variables in the places of their values.

use std::collections::BTreeMap;

use super::found::FoundSources;
use super::frame::comment;
use super::literal::{literal, text, type_name};
use super::names::VariableNames;
use super::pieces::{SqlPiece, ValueSlot, tables};
use super::said::{SaidStatement, in_one_line};
use super::source::{TextPart, ValueSource, number};
use crate::scenario::masked;

/// Writes one statement after the other.
pub struct Writer<'f> {
    found: &'f FoundSources,
    names: VariableNames,
    /// Variables of numbers that were computed.
    computed: BTreeMap<(usize, i64), String>,
    /// Values that are made anew each time.
    drawn: Vec<(String, String)>,
    /// Each variable with what it is, in the sequence in which they are used.
    pub variables: Vec<(String, String)>,
    /// What is written.
    pub text: String,
}

impl<'f> Writer<'f> {
    /// Nothing is written yet.
    pub fn new(found: &'f FoundSources, names: VariableNames) -> Self {
        Self {
            found,
            names,
            computed: BTreeMap::new(),
            drawn: Vec::new(),
            variables: Vec::new(),
            text: String::new(),
        }
    }

    /// Writes a statement, with what is to be said before it.
    pub fn statement(&mut self, at: usize, statement: &SaidStatement) {
        let mut before = Vec::new();
        let mut sources = self.found.sources[at].iter();
        let mut written = String::new();
        for piece in &self.found.pieces[at] {
            match piece {
                SqlPiece::Text(text) => written.push_str(text),
                SqlPiece::Value(slot) => {
                    let Some((source, values)) = sources.next() else {
                        continue;
                    };
                    written.push_str(&self.value(slot, source, values, &mut before));
                }
            }
        }
        if let Some(why) = &statement.failed {
            before.push(comment(&format!("It failed when it was recorded: {why}.")));
        }
        self.text.push_str(&before.concat());
        self.text.push_str(&written);
        let ending = self.ending(at, statement);
        self.text.push_str(&ending);
        if statement.failed.is_some() {
            self.text.push_str("\\if :ERROR\n\\endif\n");
        }
    }

    /// How a statement ends: with its values kept, where it has exactly one row of them.
    fn ending(&mut self, at: usize, statement: &SaidStatement) -> String {
        let is_read = ["select", "with"].contains(&&*statement.verb());
        let is_used = self.found.is_used(at);
        if !statement.has_one_row() || !(is_used || is_read) {
            return ";\n".into();
        }
        let columns = statement.reply.columns.iter();
        let columns: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
        self.names.name(at, &columns, &tables(&statement.sql));
        let prefix = self.names.prefix(at);
        let shown = in_one_line(&statement.sql);
        for (number, known) in self.found.knowledge.known.iter().enumerate() {
            if known.statement == at && self.found.used.contains(&number) {
                let was = masked(&format!("{}, of {shown}", known.values.0));
                self.variables.push((self.names.of(known), was));
            }
        }
        // What is only looked at may be missing another time.
        let kept = if is_used { "\\gset" } else { "\\aset" };
        format!(" {kept} {prefix}").trim_end().to_owned() + "\n"
    }

    /// A value as it stands in the script; what is to be said before the statement goes to `before`.
    fn value(
        &mut self,
        slot: &ValueSlot,
        source: &ValueSource,
        values: &(String, String),
        before: &mut Vec<String>,
    ) -> String {
        let as_it_was = match &slot.literal {
            _ if slot
                .value
                .as_deref()
                .is_some_and(|it| self.names.apart(it).len() > 1) =>
            {
                as_text(self.quoted(slot.value.as_deref().unwrap_or_default()), slot)
            }
            Some(literal) => literal.clone(),
            None => cast_off(literal(slot.value.as_deref(), slot.type_oid), slot),
        };
        let known = |at: usize| &self.found.knowledge.known[at];
        match source {
            ValueSource::Same => as_it_was,
            ValueSource::SameWord(at) => {
                let name = &known(*at).name;
                let said = format!(
                    "{} is also the {name} that was read; it is kept as a constant.",
                    text(&values.0)
                );
                before.push(comment(&said));
                as_it_was
            }
            ValueSource::Clock => {
                let said = format!("{} is of the clock, as it was when recorded.", values.0);
                before.push(comment(&said));
                as_it_was
            }
            ValueSource::Buyer => self.variable("buyer", "the buyer's number", slot),
            ValueSource::Key => self.variable("checkout_key", "the submission's key", slot),
            ValueSource::Taken(at) => as_typed(&format!(":{}", self.names.of(known(*at))), slot),
            ValueSource::Computed(at, by, quantity) => {
                let name = self.computed((*at, *by), *quantity, &values.0, before);
                as_typed(&format!(":{name}"), slot)
            }
            ValueSource::Joined(parts) => {
                let parts = parts.iter().map(|part| self.part(part));
                let parts: Vec<String> = parts.collect();
                as_text(format!("concat({})", parts.join(", ")), slot)
            }
            ValueSource::Drawn => {
                let (drawn, said) = self.draw(slot, values);
                before.push(comment(&said));
                drawn
            }
        }
    }

    fn part(&mut self, part: &TextPart) -> String {
        let name = match part {
            TextPart::Same(same) => return self.quoted(same),
            TextPart::Of(source) => match &**source {
                ValueSource::Buyer => self.note("buyer", "the buyer's number"),
                ValueSource::Key => self.note("checkout_key", "the submission's key"),
                ValueSource::Taken(at) => self.names.of(&self.found.knowledge.known[*at]),
                _ => return text(""),
            },
        };
        format!(":{name}::text")
    }

    /// A text in quotes, in several parts where one of its words could be taken for a variable.
    fn quoted(&self, value: &str) -> String {
        let parts: Vec<String> = self.names.apart(value).into_iter().map(text).collect();
        match parts.as_slice() {
            [one] => one.clone(),
            several => format!("concat({})", several.join(", ")),
        }
    }

    fn note(&mut self, name: &str, what: &str) -> String {
        if self.variables.iter().all(|(noted, _)| noted != name) {
            self.variables.push((name.into(), what.into()));
        }
        name.into()
    }

    fn variable(&mut self, name: &str, what: &str, slot: &ValueSlot) -> String {
        let name = self.note(name, what);
        as_typed(&format!(":{name}"), slot)
    }

    /// The variable of a number that was computed, which is set before its first use.
    fn computed(
        &mut self,
        (at, by): (usize, i64),
        quantity: Option<usize>,
        written: &str,
        before: &mut Vec<String>,
    ) -> String {
        if let Some(name) = self.computed.get(&(at, by)) {
            return name.clone();
        }
        let known = &self.found.knowledge.known[at];
        let of = self.names.of(known);
        let name = self.names.new_one(&format!("{of}_next"));
        let amount = match quantity {
            Some(quantity) => format!(":{}", self.names.of(&self.found.knowledge.known[quantity])),
            None => by.abs().to_string(),
        };
        let (sign, word) = if by < 0 { ("-", "less") } else { ("+", "and") };
        let read = &known.values.0;
        let said = format!(
            "{written} is the {of} that was read ({read}), {word} {}: inferred.",
            by.abs()
        );
        before.push(comment(&said));
        before.push(format!("\\set {name} :{of} {sign} {amount}\n"));
        self.variables
            .push((name.clone(), format!("{of} {sign} {amount}, inferred")));
        self.computed.insert((at, by), name.clone());
        name
    }

    /// What stands for a value that is made anew each time, another one for each buyer; and what is
    /// said of it.
    fn draw(&mut self, slot: &ValueSlot, values: &(String, String)) -> (String, String) {
        let found = self.drawn.iter().position(|drawn| drawn == values);
        let number_of = found.unwrap_or(self.drawn.len());
        if found.is_none() {
            self.drawn.push(values.clone());
        }
        let value = &values.0;
        self.note("buyer", "the buyer's number");
        let digest = format!(
            "md5(concat('drawn {} for buyer ', :buyer::text))",
            number_of + 1
        );
        let type_name = type_name(slot.type_oid);
        let drawn = match (number(value), type_name) {
            (Some(number), _) => format!("({number} + :buyer::bigint)"),
            (None, Some("text" | "varchar")) if is_uuid(value) => format!("{digest}::uuid::text"),
            _ if is_uuid(value) => format!("{digest}::uuid"),
            (None, None | Some("text" | "varchar")) => {
                format!("rpad({digest}, {}, 'x')", value.chars().count())
            }
            (None, Some(_)) => {
                let said = format!(
                    "{value} is made anew each time, and stays here as it was: it may collide."
                );
                return (literal(Some(value), slot.type_oid), said);
            }
        };
        let said = format!("{value} is made anew each time; here it is one for each buyer.");
        (drawn, said)
    }
}

fn is_uuid(value: &str) -> bool {
    let is_of = |(at, c): (usize, char)| match at {
        8 | 13 | 18 | 23 => c == '-',
        _ => c.is_ascii_hexdigit(),
    };
    value.len() == 36 && value.char_indices().all(is_of)
}

/// A variable with the type of its value, where nothing else tells that.
fn as_typed(variable: &str, slot: &ValueSlot) -> String {
    let is_told = slot.column.is_some() || slot.is_cast;
    match type_name(slot.type_oid).filter(|_| !is_told) {
        Some(name) => format!("{variable}::{name}"),
        None => variable.into(),
    }
}

/// A literal without its type, where a cast stands behind it.
fn cast_off(literal: String, slot: &ValueSlot) -> String {
    let own = type_name(slot.type_oid).filter(|_| slot.is_cast);
    let own = own.and_then(|name| {
        literal
            .strip_suffix(&format!("::{name}"))
            .map(str::to_owned)
    });
    own.unwrap_or(literal)
}

/// A text that was put together, as a value of another type where it is one.
fn as_text(text: String, slot: &ValueSlot) -> String {
    match type_name(slot.type_oid).filter(|_| !slot.is_cast) {
        Some("text" | "varchar") | None => text,
        Some(name) => format!("{text}::{name}"),
    }
}
