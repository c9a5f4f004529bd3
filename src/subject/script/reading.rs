//! From a file to commands: statements up to `;`, backslash commands to the end of
//! their lines.

use std::sync::Arc;

use super::expression::Expression;
use super::lexer::{SqlToken, TokenKind, token};
use super::meta::{self, Meta};
use super::names::{Names, is_name};
use super::nesting::is_nested;
use super::place::{FileText, Wrong};
use super::program::{Placed, ScriptCommand};
use super::sql::{self, Saving};

/// What was read of a file so far.
pub(super) struct Reading<'t> {
    file: FileText<'t>,
    pub(super) names: Names,
    pub(super) commands: Vec<Placed>,
    pub(super) wrong: Vec<Wrong>,
    /// Everything in quotes.
    quoted: Vec<SqlToken>,
    statement: Vec<SqlToken>,
    open: Vec<Opening>,
    /// Whether the command before was refused: what follows it may seem to lack it.
    is_after_refused: bool,
}

/// An `\if` without its `\endif`.
struct Opening {
    at: usize,
    /// The branch that jumps to the next part.
    branch: Option<usize>,
    /// The jumps to the end.
    jumps: Vec<usize>,
    has_else: bool,
}

impl Opening {
    const fn at(at: usize) -> Self {
        Self {
            at,
            branch: None,
            jumps: Vec::new(),
            has_else: false,
        }
    }
}

/// Where a jump leads before its target was read.
const UNKNOWN: usize = usize::MAX;

impl<'t> Reading<'t> {
    /// Reads all of it.
    pub(super) fn of(file: FileText<'t>, names: Names) -> Self {
        let mut reading = Self {
            file,
            names,
            commands: Vec::new(),
            wrong: Vec::new(),
            quoted: Vec::new(),
            statement: Vec::new(),
            open: Vec::new(),
            is_after_refused: false,
        };
        if let Err(wrong) = reading.read() {
            reading.wrong.push(wrong);
        }
        reading
    }

    fn read(&mut self) -> Result<(), Wrong> {
        let text = self.file.text;
        if let Some(at) = text.find('\0') {
            let right = "leave it out: no statement can carry it";
            return Err(Wrong::new(at, "a character NUL", right));
        }
        // A byte order mark is no part of the first statement.
        let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        while let Some(blanks) = text[at..].find(|c: char| !c.is_ascii_whitespace() && c != '\x0b')
        {
            let next = at + blanks;
            if text[next..].starts_with('\\') {
                self.finish();
                at = meta::end(text, next);
                self.meta(next, at);
                continue;
            }
            let token = token(text, next)?;
            at = token.end;
            if token.is_symbol(';') && !is_nested(text, &self.statement) {
                self.finish();
            } else {
                self.statement.push(token);
            }
        }
        self.finish();
        for opening in &self.open {
            let right = "write \\endif behind its last command";
            self.wrong
                .push(Wrong::new(opening.at, "\\if without \\endif", right));
        }
        self.refuse_within_quotes();
        Ok(())
    }

    /// Ends the statement, if there is one.
    fn finish(&mut self) {
        let tokens = std::mem::take(&mut self.statement);
        let Some(first) = tokens.iter().find(|t| t.kind != TokenKind::Comment) else {
            return;
        };
        self.quoted.extend(tokens.iter().filter(|token| {
            use TokenKind::{DollarQuoted, Literal, QuotedName};
            matches!(token.kind, Literal | QuotedName | DollarQuoted)
        }));
        match sql::read(self.file, &tokens, &mut self.names) {
            Ok(sql) => self.push(first.start, ScriptCommand::Sql(sql)),
            Err(wrong) => self.refuse(wrong),
        }
    }

    fn refuse(&mut self, wrong: Wrong) {
        self.is_after_refused = true;
        self.wrong.push(wrong);
    }

    fn push(&mut self, at: usize, command: ScriptCommand) {
        self.is_after_refused = false;
        let place = self.file.place(at);
        self.commands.push(Placed { place, command });
    }

    fn meta(&mut self, start: usize, end: usize) {
        let result = match meta::read(self.file, start, end, &mut self.names) {
            Ok(Meta::Set(slot, value)) => {
                self.push(start, ScriptCommand::Set(slot, value));
                Ok(())
            }
            Ok(Meta::Keep(slot, value)) => {
                self.push(start, ScriptCommand::Keep(slot, value));
                Ok(())
            }
            Ok(Meta::Sleep(pause)) => {
                self.push(start, ScriptCommand::Sleep(pause));
                Ok(())
            }
            Ok(Meta::Effect(name, value)) => {
                self.push(start, ScriptCommand::Effect(name, value));
                Ok(())
            }
            Ok(Meta::Save(saving, prefix)) => self.save(start, saving, &prefix),
            Ok(Meta::If(condition)) => {
                self.open.push(Opening::at(start));
                self.branch(start, condition);
                Ok(())
            }
            Ok(Meta::Elif(condition)) => self.next_part(start, "\\elif").map(|()| {
                self.branch(start, condition);
            }),
            Ok(Meta::Else) => self.next_part(start, "\\else"),
            Ok(Meta::Endif) => self.endif(start),
            Err(wrong) => Err(self.go_on_without(start, wrong)),
        };
        if let Err(wrong) = result {
            self.refuse(wrong);
        }
    }

    /// An `\if` whose condition is refused still opens a part: else its `\endif` would
    /// be refused too.
    fn go_on_without(&mut self, start: usize, wrong: Wrong) -> Wrong {
        let rest = self.file.text[start + 1..].to_ascii_lowercase();
        let is = |word: &str| {
            let behind = rest.strip_prefix(word);
            behind.is_some_and(|behind| !behind.starts_with(|c: char| !c.is_whitespace()))
        };
        if is("if") {
            self.open.push(Opening::at(start));
        } else if is("endif") {
            self.open.pop();
        }
        wrong
    }

    fn branch(&mut self, start: usize, condition: Expression) {
        if let Some(opening) = self.open.last_mut() {
            opening.branch = Some(self.commands.len());
        }
        self.push(start, ScriptCommand::Branch(condition, UNKNOWN));
    }

    /// `\elif` and `\else`: the part before jumps to the end, its branch to here.
    fn next_part(&mut self, start: usize, word: &str) -> Result<(), Wrong> {
        let Some(mut opening) = self.open.pop() else {
            let found = format!("{word} without \\if");
            return Err(Wrong::new(
                start,
                found,
                "write \\if before it, or leave it out",
            ));
        };
        if opening.has_else {
            self.open.push(opening);
            let right = "one \\else is the last part before \\endif";
            return Err(Wrong::new(start, format!("{word} behind \\else"), right));
        }
        opening.has_else = word == "\\else";
        opening.jumps.push(self.commands.len());
        self.push(start, ScriptCommand::Jump(UNKNOWN));
        if let Some(branch) = opening.branch.take() {
            self.lead(branch);
        }
        self.open.push(opening);
        Ok(())
    }

    fn endif(&mut self, start: usize) -> Result<(), Wrong> {
        let Some(opening) = self.open.pop() else {
            let right = "write \\if before it, or leave it out";
            return Err(Wrong::new(start, "\\endif without \\if", right));
        };
        for command in opening.branch.into_iter().chain(opening.jumps) {
            self.lead(command);
        }
        self.is_after_refused = false;
        Ok(())
    }

    /// Lets a jump lead to the next command.
    fn lead(&mut self, command: usize) {
        let here = self.commands.len();
        match &mut self.commands[command].command {
            ScriptCommand::Branch(_, to) | ScriptCommand::Jump(to) => *to = here,
            _ => {}
        }
    }

    /// `\gset` and `\aset` belong to the statement before them.
    fn save(&mut self, start: usize, saving: Saving, prefix: &Arc<str>) -> Result<(), Wrong> {
        let word = match saving {
            Saving::One => "\\gset",
            Saving::Last => "\\aset",
        };
        let last = self.commands.last_mut().map(|placed| &mut placed.command);
        let Some(ScriptCommand::Sql(sql)) = last.filter(|_| !self.is_after_refused) else {
            if self.is_after_refused {
                return Ok(());
            }
            let found = format!("{word} that follows no statement");
            return Err(Wrong::new(
                start,
                found,
                "write it behind a statement that answers rows",
            ));
        };
        if sql.saves.is_some() {
            let found = format!("{word} behind another one");
            return Err(Wrong::new(start, found, "one of them takes all columns"));
        }
        for column in &sql.columns.names {
            let name = format!("{prefix}{column}");
            if !is_name(&name) {
                let found = format!("{word} of a column that is named {column}");
                let right = "name it with AS: letters, digits and _, the first no digit";
                return Err(Wrong::new(start, found, right));
            }
            self.names.slot(&name);
        }
        sql.saves = Some((saving, prefix.clone()));
        Ok(())
    }

    fn refuse_within_quotes(&mut self) {
        for token in &self.quoted {
            if let Err(wrong) = sql::refuse_within(self.file.text, token, &self.names) {
                self.wrong.push(wrong);
            }
        }
    }
}
