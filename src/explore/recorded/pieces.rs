//! A statement taken apart: the text that stays, and the places of values.

use super::said::SaidStatement;
use crate::subject::script::{SqlToken, TokenKind, tokens};

/// What a value is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotUse {
    /// It is compared with a column.
    Compared,
    /// It is written to a column.
    Written,
    /// It is a part of something else.
    Other,
}

/// The place of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueSlot {
    /// The value; `None` for NULL.
    pub value: Option<String>,
    /// Its type; 0 where it is not known.
    pub type_oid: u32,
    /// The literal, where the value stands in the text.
    pub literal: Option<String>,
    /// The column that it is compared with or written to.
    pub column: Option<String>,
    /// What it is there for.
    pub used: SlotUse,
    /// Whether a cast stands behind it.
    pub is_cast: bool,
}

/// A part of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlPiece {
    /// Text that stays.
    Text(String),
    /// A value.
    Value(ValueSlot),
}

/// Takes a statement apart. Of one that was sent as text alone the literals are values too.
pub fn pieces(statement: &SaidStatement) -> Vec<SqlPiece> {
    let sql = statement.sql.as_str();
    let all: Vec<SqlToken> = tokens(sql).map_while(Result::ok).collect();
    let words = Words { sql, all: &all };
    let inserted = words.inserted();
    let mut pieces = Vec::new();
    let mut copied = 0;
    for (at, token) in all.iter().enumerate() {
        let text = words.text(at);
        let bound = (token.kind == TokenKind::Parameter)
            .then(|| text[1..].parse::<usize>().ok()?.checked_sub(1))
            .flatten()
            .and_then(|number| statement.values.get(number));
        let literal = (statement.is_simple && bound.is_none())
            .then(|| literal(token.kind, text))
            .flatten();
        let (value, type_oid) = match (bound, &literal) {
            (Some(bound), _) => (bound.text.clone(), bound.type_oid),
            (None, Some(value)) => (Some(value.clone()), 0),
            (None, None) => continue,
        };
        let in_list = inserted.iter().find(|(slot, _)| *slot == at);
        let (column, used) = match in_list {
            Some((_, column)) => (Some(column.clone()), SlotUse::Written),
            None => words.context(at),
        };
        pieces.push(SqlPiece::Text(sql[copied..token.start].to_owned()));
        copied = token.end;
        pieces.push(SqlPiece::Value(ValueSlot {
            value,
            type_oid,
            literal: literal.map(|_| text.to_owned()),
            column,
            used,
            is_cast: words.is(at + 1, |it| it.kind == TokenKind::Cast),
        }));
    }
    pieces.push(SqlPiece::Text(sql[copied..].to_owned()));
    pieces
}

/// Whether two statements differ in nothing but their values.
pub fn are_alike(one: &[SqlPiece], other: &[SqlPiece]) -> bool {
    let same = |(one, other): (&SqlPiece, &SqlPiece)| match (one, other) {
        (SqlPiece::Text(one), SqlPiece::Text(other)) => one == other,
        (SqlPiece::Value(_), SqlPiece::Value(_)) => true,
        _ => false,
    };
    one.len() == other.len() && one.iter().zip(other).all(same)
}

/// The names of tables that a statement may be about: each word behind one that a table follows.
pub fn tables(sql: &str) -> Vec<String> {
    let all: Vec<SqlToken> = tokens(sql).map_while(Result::ok).collect();
    let words = Words { sql, all: &all };
    let is_before = |at: usize| {
        let before = ["from", "join", "update", "into"];
        before.iter().any(|word| all[at].is_word(sql, word))
    };
    let mut found = Vec::new();
    for at in (0..all.len()).filter(|at| is_before(*at)) {
        let mut last = at + 1;
        while words.is(last + 1, |it| it.is_symbol('.')) {
            last += 2;
        }
        found.extend(words.name(last));
    }
    found
}

fn literal(kind: TokenKind, text: &str) -> Option<String> {
    match kind {
        TokenKind::Number => Some(text.to_owned()),
        TokenKind::Literal if text.starts_with('\'') && text.len() > 1 => {
            Some(text[1..text.len() - 1].replace("''", "'"))
        }
        _ => None,
    }
}

struct Words<'s> {
    sql: &'s str,
    all: &'s [SqlToken],
}

impl Words<'_> {
    fn text(&self, at: usize) -> &str {
        &self.sql[self.all[at].start..self.all[at].end]
    }

    fn is(&self, at: usize, is: impl Fn(&SqlToken) -> bool) -> bool {
        self.all.get(at).is_some_and(is)
    }

    /// The name of a column or a table, without quotes.
    fn name(&self, at: usize) -> Option<String> {
        match self.all.get(at)?.kind {
            TokenKind::Word => Some(self.text(at).to_ascii_lowercase()),
            TokenKind::QuotedName => Some(self.text(at).trim_matches('"').to_owned()),
            _ => None,
        }
    }

    /// What stands before a value: the column that it is compared with or set to.
    fn context(&self, at: usize) -> (Option<String>, SlotUse) {
        let none = (None, SlotUse::Other);
        let calculates = |token: &SqlToken| "+-*/%|".chars().any(|c| token.is_symbol(c));
        if self.is(at + 1, calculates) {
            return none;
        }
        let compares = |token: &SqlToken| "=<>!".chars().any(|c| token.is_symbol(c));
        let mut before = at;
        while before > 0 && compares(&self.all[before - 1]) {
            before -= 1;
        }
        let is_equal = before + 1 == at && self.all[before].is_symbol('=');
        let in_list = before == at
            && at > 2
            && self.all[at - 1].is_symbol('(')
            && self.all[at - 2].is_word(self.sql, "in");
        let column = match (in_list, before < at) {
            (true, _) => at.checked_sub(3),
            (false, true) => before.checked_sub(1),
            (false, false) => None,
        };
        let Some(column) = column.and_then(|at| self.name(at)) else {
            return none;
        };
        let used = match is_equal && self.is_set(at) {
            true => SlotUse::Written,
            false => SlotUse::Compared,
        };
        (Some(column), used)
    }

    /// Whether a place stands in the list behind SET.
    fn is_set(&self, at: usize) -> bool {
        let ends = ["where", "from", "returning", "select"];
        for token in self.all[..at].iter().rev() {
            if token.is_word(self.sql, "set") {
                return true;
            }
            if ends.iter().any(|word| token.is_word(self.sql, word)) {
                return false;
            }
        }
        false
    }

    /// The places of whole values in the lists behind VALUES, each with its column.
    fn inserted(&self) -> Vec<(usize, String)> {
        let word = |from: usize, word: &str| {
            let rest = self.all.get(from..).unwrap_or_default();
            let at = rest.iter().position(|it| it.is_word(self.sql, word));
            at.map(|at| from + at)
        };
        let lists = word(0, "into").and_then(|into| {
            let values = word(into, "values")?;
            let first = self.all[into..values].iter();
            let open = into + first.clone().position(|it| it.is_symbol('('))?;
            Some((open, values))
        });
        let Some((open, values)) = lists else {
            return Vec::new();
        };
        let columns: Vec<String> = (open..values).filter_map(|at| self.name(at)).collect();
        let (mut found, mut depth, mut nth) = (Vec::new(), 0, 0);
        for at in values + 1..self.all.len() {
            let token = &self.all[at];
            match token.kind {
                TokenKind::Symbol('(') => {
                    depth += 1;
                    nth = if depth == 1 { 0 } else { nth };
                }
                TokenKind::Symbol(')') => depth -= 1,
                TokenKind::Symbol(',') if depth == 1 => nth += 1,
                TokenKind::Word if depth == 0 => break,
                _ if depth == 1 => {
                    let begins = |it: &SqlToken| it.is_symbol('(') || it.is_symbol(',');
                    let ends = |it: &SqlToken| {
                        it.is_symbol(')') || it.is_symbol(',') || it.kind == TokenKind::Cast
                    };
                    let is_whole = begins(&self.all[at - 1]) && self.is(at + 1, ends);
                    if let (true, Some(column)) = (is_whole, columns.get(nth)) {
                        found.push((at, column.clone()));
                    }
                }
                _ => {}
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::overheard::HeardReply;
    use crate::explore::recorded::said::SaidValue;

    fn slots(sql: &str, values: &[&str]) -> Vec<(Option<String>, Option<String>, SlotUse)> {
        let statement = SaidStatement {
            sql: sql.into(),
            values: values
                .iter()
                .map(|value| SaidValue {
                    text: Some((*value).into()),
                    type_oid: 23,
                })
                .collect(),
            is_simple: values.is_empty(),
            reply: HeardReply::default(),
            failed: None,
        };
        let slot = |piece: SqlPiece| match piece {
            SqlPiece::Value(slot) => Some((slot.value, slot.column, slot.used)),
            SqlPiece::Text(_) => None,
        };
        pieces(&statement).into_iter().filter_map(slot).collect()
    }

    fn slot(value: &str, column: &str, used: SlotUse) -> (Option<String>, Option<String>, SlotUse) {
        (Some(value.into()), Some(column.into()), used)
    }

    #[test]
    fn values_are_known_by_their_columns() {
        let [update, insert] = ["update", "insert into"];
        assert_eq!(
            slots(
                &format!("{update} p set stock = $2, \"Version\" = $3 where p.id = $1 and v <= $2"),
                &["1", "4", "7"],
            ),
            [
                slot("4", "stock", SlotUse::Written),
                slot("7", "Version", SlotUse::Written),
                slot("1", "id", SlotUse::Compared),
                slot("4", "v", SlotUse::Compared),
            ]
        );
        assert_eq!(
            slots(
                &format!("{insert} shop.o (buyer, \"Total\") values ($1, $2::int), ($2, now())"),
                &["1", "9"],
            ),
            [
                slot("1", "buyer", SlotUse::Written),
                slot("9", "Total", SlotUse::Written),
                slot("9", "buyer", SlotUse::Written),
            ]
        );
    }

    #[test]
    fn literals_are_values_where_nothing_is_bound() {
        let update = "update p set stock = stock - 1, name = 'it''s' where id in (3, 4)";
        let other = |value: &str| (Some(value.to_owned()), None, SlotUse::Other);
        assert_eq!(
            slots(update, &[]),
            [
                other("1"),
                slot("it's", "name", SlotUse::Written),
                slot("3", "id", SlotUse::Compared),
                other("4"),
            ]
        );
        assert_eq!(slots("look at p where n = 1 and id = $1", &["5"]).len(), 1);
    }

    #[test]
    fn tables_stand_behind_their_words() {
        let text = "look from shop.\"Products\" p join lines on true";
        assert_eq!(tables(text), ["Products", "lines"]);
    }
}
