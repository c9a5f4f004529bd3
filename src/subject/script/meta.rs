//! Backslash commands.

use std::sync::Arc;

use super::expression::Expression;
use super::expression_lexer::{continuation, skip_blanks};
use super::grammar;
use super::names::{Names, OF_PSQL, Slot, is_name, nearest};
use super::place::{FileText, Wrong};
use super::program::{Pause, PauseLength};
use super::sql::Saving;

/// A backslash command, as it was read.
#[derive(Debug)]
pub(super) enum Meta {
    Set(Slot, Expression),
    Keep(Slot, Expression),
    Save(Saving, Arc<str>),
    If(Expression),
    Elif(Expression),
    Else,
    Endif,
    Sleep(Pause),
    Effect(Arc<str>, Expression),
}

const ALL: [&str; 10] = [
    "set", "keep", "gset", "aset", "if", "elif", "else", "endif", "sleep", "effect",
];

/// Commands of pgbench that a script must not have, and what to write instead.
const REFUSED: [(&str, &str); 5] = [
    (
        "shell",
        "a script runs no program; record an effect with \\effect NAME expr",
    ),
    (
        "setshell",
        "a script runs no program; bind the value before the start",
    ),
    (
        "startpipeline",
        "each statement is a step of its own: leave it out",
    ),
    (
        "endpipeline",
        "each statement is a step of its own: leave it out",
    ),
    (
        "syncpipeline",
        "each statement is a step of its own: leave it out",
    ),
];

/// Where the command that begins at a byte ends: at the end of its line, unless a
/// backslash stands there.
pub(super) fn end(text: &str, start: usize) -> usize {
    let mut at = start;
    while let Some(found) = text[at..].find(['\\', '\n']) {
        at += found;
        match continuation(&text[at..]) {
            Some(length) => at += length,
            None if text[at..].starts_with('\n') => return at,
            None => at += 1,
        }
    }
    text.len()
}

/// What stands behind the name of a command.
struct Arguments<'a> {
    file: FileText<'a>,
    at: usize,
    end: usize,
    name: String,
}

/// Reads the command from its backslash to its end.
pub(super) fn read(
    file: FileText<'_>,
    start: usize,
    end: usize,
    names: &mut Names,
) -> Result<Meta, Wrong> {
    let mut arguments = Arguments {
        file,
        at: start + 1,
        end,
        name: String::new(),
    };
    let name = match arguments.word() {
        Some((at, name)) if at == start + 1 => name.to_ascii_lowercase(),
        _ => String::new(),
    };
    arguments.name.clone_from(&name);
    match &*name {
        "set" => arguments
            .assignment(names)
            .map(|(slot, value)| Meta::Set(slot, value)),
        "keep" => arguments
            .assignment(names)
            .map(|(slot, value)| Meta::Keep(slot, value)),
        "gset" => arguments
            .prefix()
            .map(|prefix| Meta::Save(Saving::One, prefix)),
        "aset" => arguments
            .prefix()
            .map(|prefix| Meta::Save(Saving::Last, prefix)),
        "if" => arguments.expression(names).map(Meta::If),
        "elif" => arguments.expression(names).map(Meta::Elif),
        "else" => arguments.nothing().map(|()| Meta::Else),
        "endif" => arguments.nothing().map(|()| Meta::Endif),
        "sleep" => arguments.pause(names).map(Meta::Sleep),
        "effect" => {
            let (_, name) = arguments.name("the effect")?;
            let value = arguments.expression(names)?;
            Ok(Meta::Effect(name.into(), value))
        }
        _ => Err(refused(start, &name)),
    }
}

fn refused(at: usize, name: &str) -> Wrong {
    if name.starts_with(';') {
        let right = "end each statement with ; alone: each is a step of its own";
        return Wrong::new(at, "several statements in one (\\;)", right);
    }
    let found = format!("the command \\{name}");
    if let Some((_, right)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
        return Wrong::new(at, found, *right);
    }
    let right = match nearest(name, ALL) {
        Some(near) => format!("did you mean \\{near}?"),
        None => format!("the commands are \\{}", ALL.join(", \\")),
    };
    Wrong::new(at, found, right)
}

impl<'a> Arguments<'a> {
    /// The next word and its first byte.
    fn word(&mut self) -> Option<(usize, &'a str)> {
        let at = skip_blanks(self.file.text, self.at, self.end)?;
        let rest = &self.file.text[at..self.end];
        let is_end = |(at, c): &(usize, char)| {
            c.is_ascii_whitespace() || *c == '\x0b' || continuation(&rest[*at..]).is_some()
        };
        let length = rest
            .char_indices()
            .find(is_end)
            .map_or(rest.len(), |(at, _)| at);
        self.at = at + length;
        Some((at, &rest[..length]))
    }

    fn nothing(mut self) -> Result<(), Wrong> {
        match self.word() {
            None => Ok(()),
            Some((at, word)) => {
                let found = format!("{word} behind \\{}", self.name);
                let right = "nothing more may stand on this line, no comment either";
                Err(Wrong::new(at, found, right))
            }
        }
    }

    fn name(&mut self, what: &str) -> Result<(usize, &'a str), Wrong> {
        let found = self.word();
        match found {
            Some((at, name)) if is_name(name) => Ok((at, name)),
            Some((at, name)) => {
                let found = format!("{name} as the name of {what}");
                let right = "write letters, digits and _, the first no digit, without a colon";
                Err(Wrong::new(at, found, right))
            }
            None => {
                let found = format!("\\{} without a name", self.name);
                let right = format!("write \\{} NAME expression", self.name);
                Err(Wrong::new(self.end, found, right))
            }
        }
    }

    fn assignment(mut self, names: &mut Names) -> Result<(Slot, Expression), Wrong> {
        let (at, name) = self.name("a variable")?;
        if OF_PSQL.contains(&name) {
            let found = format!("\\{} {name}", self.name);
            let right = "each statement sets it: keep its value under another name";
            return Err(Wrong::new(at, found, right));
        }
        let value = self.expression(names)?;
        Ok((names.slot(name), value))
    }

    fn expression(self, names: &mut Names) -> Result<Expression, Wrong> {
        grammar::read(self.file, self.at, self.end, names)
    }

    fn prefix(mut self) -> Result<Arc<str>, Wrong> {
        let prefix = match self.word() {
            None => "",
            Some((_, prefix)) if is_name(prefix) => prefix,
            Some((at, prefix)) => {
                let found = format!("{prefix} behind \\{}", self.name);
                let right = "write nothing, or letters that begin the names of the variables";
                return Err(Wrong::new(at, found, right));
            }
        };
        let prefix = prefix.into();
        self.nothing().map(|()| prefix)
    }

    fn pause(mut self, names: &mut Names) -> Result<Pause, Wrong> {
        let end = self.end;
        let right = "write \\sleep 10 ms: a whole number or a variable, then us, ms or s";
        let wrong = |at: usize, found: String| Wrong::new(at, found, right);
        let Some((at, number)) = self.word() else {
            return Err(wrong(end, "\\sleep without a number".into()));
        };
        let digits = number.find(|c: char| !c.is_ascii_digit());
        let (number, glued) = match digits {
            Some(digits) if digits > 0 => number.split_at(digits),
            _ => (number, ""),
        };
        let (unit_at, unit) = match glued {
            "" => self.word().unwrap_or((end, "s")),
            unit => (at + number.len(), unit),
        };
        let unit_us = match &*unit.to_ascii_lowercase() {
            "us" => 1,
            "ms" => 1000,
            "s" => 1_000_000,
            _ => return Err(wrong(unit_at, format!("the unit {unit}"))),
        };
        let of = match number.strip_prefix(':') {
            Some(name) if is_name(name) => {
                PauseLength::Variable(names.slot(name), self.file.place(at))
            }
            _ => match number.parse() {
                Ok(number) => PauseLength::Fixed(number),
                Err(_) => return Err(wrong(at, format!("{number} behind \\sleep"))),
            },
        };
        self.nothing().map(|()| Pause { of, unit_us })
    }
}
