//! Where a value comes from: from the buyer, from an earlier reply, or from nowhere.
//!
//! The same request is made twice, by two buyers and with other numbers from every sequence. What
//! is equal both times may be a constant; what differs must come from somewhere, and a source is
//! believed only where it explains both.

use super::pieces::{SlotUse, ValueSlot};

/// A value, the first and the second time.
pub type Both<'v> = (&'v str, &'v str);

/// A value of an earlier reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownValue {
    /// The number of the statement that was answered so.
    pub statement: usize,
    /// The number of the column.
    pub column: usize,
    /// The name of the column.
    pub name: String,
    /// The tables of the statement.
    pub tables: Vec<String>,
    /// The value each time.
    pub values: (String, String),
}

/// A part of a text that is put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextPart {
    /// As it was.
    Same(String),
    /// A value.
    Of(Box<ValueSource>),
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueSource {
    /// It is as it was, each time.
    Same,
    /// It is as it was, although a word that was read earlier is equal: the number of that value.
    SameWord(usize),
    /// It is as it was, although it is another one each time: a moment.
    Clock,
    /// The buyer's number.
    Buyer,
    /// The submission's key.
    Key,
    /// An earlier value, by its number.
    Taken(usize),
    /// An earlier number, and so much more; or less, where it is negative. The second number is the
    /// earlier value that is the difference, where one has the name of a quantity.
    Computed(usize, i64, Option<usize>),
    /// A text of several parts.
    Joined(Vec<TextPart>),
    /// It is made anew each time.
    Drawn,
}

/// What is known when a statement is sent.
#[derive(Debug, Clone)]
pub struct Knowledge {
    /// Values of replies, the latest last.
    pub known: Vec<KnownValue>,
    /// The numbers of the buyers.
    pub buyers: (String, String),
    /// The keys of their submissions.
    pub keys: (String, String),
    /// Whole numbers that the request itself speaks of anywhere: a difference is one of them, or 1.
    pub numbers: Vec<i64>,
    /// Whether the request was made twice with the same statements.
    pub is_twice: bool,
}

impl Knowledge {
    /// Where a value comes from that stands in a statement about these tables.
    pub fn source(&self, slot: &ValueSlot, values: Both<'_>, tables: &[String]) -> ValueSource {
        if let Some(of_buyer) = self.of_buyer(values) {
            return of_buyer;
        }
        let column = slot.column.as_deref();
        if let Some(taken) = self.taken(column, values) {
            return taken;
        }
        if let Some(computed) = self.computed(slot, values, tables) {
            return computed;
        }
        if values.0 == values.1 {
            return ValueSource::Same;
        }
        self.joined(values).unwrap_or_else(|| unexplained(values))
    }

    fn of_buyer(&self, values: Both<'_>) -> Option<ValueSource> {
        let is = |both: &(String, String)| both.0 == values.0 && both.1 == values.1;
        match () {
            () if is(&self.keys) => Some(ValueSource::Key),
            () if self.is_twice && is(&self.buyers) => Some(ValueSource::Buyer),
            () => None,
        }
    }

    /// The latest value that is equal both times; of one with the same name, if there is one.
    fn taken(&self, column: Option<&str>, values: Both<'_>) -> Option<ValueSource> {
        let equal = |known: &&KnownValue| known.values.0 == values.0 && known.values.1 == values.1;
        let named = |known: &&KnownValue| column.is_some_and(|column| is_of(&known.name, column));
        let number = |found: &KnownValue| self.known.iter().position(|known| known == found);
        let by_name = self
            .known
            .iter()
            .rev()
            .find(|known| equal(known) && named(known));
        let any = self.known.iter().rev().find(equal);
        let found = by_name.or(any)?;
        let at = number(found)?;
        let differs = values.0 != values.1;
        match kind(values.0) {
            _ if differs => Some(ValueSource::Taken(at)),
            ValueKind::Word => by_name.map(|_| ValueSource::SameWord(at)),
            ValueKind::Small => by_name.map(|_| ValueSource::Taken(at)),
            ValueKind::Telling => Some(ValueSource::Taken(at)),
        }
    }

    /// A whole number that is written, and differs from one that was read by a number of the
    /// request.
    fn computed(
        &self,
        slot: &ValueSlot,
        values: Both<'_>,
        tables: &[String],
    ) -> Option<ValueSource> {
        let column = slot.column.as_deref()?;
        let written = (number(values.0)?, number(values.1)?);
        if slot.used != SlotUse::Written || is_id(column) {
            return None;
        }
        let by = |known: &KnownValue| {
            let read = (number(&known.values.0)?, number(&known.values.1)?);
            let by = written.0.checked_sub(read.0)?;
            let is_usual = by.abs() == 1 || self.numbers.contains(&by.abs());
            (by != 0 && is_usual && written.1.checked_sub(read.1) == Some(by)).then_some(by)
        };
        let fits = |(at, known): (usize, &KnownValue)| Some((at, by(known)?));
        let all = || self.known.iter().enumerate();
        let named = all().filter(|(_, known)| is_of(&known.name, column));
        let of_table = all().filter(|(_, known)| {
            let mut of_same = known.tables.iter();
            !is_id(&known.name) && of_same.any(|table| tables.contains(table))
        });
        let by_name = named.filter_map(fits).next_back();
        // Under another name only where there is no choice.
        let mut alone = of_table.filter_map(fits);
        let alone = alone.next().filter(|_| alone.next().is_none());
        let (at, by) = by_name.or(alone)?;
        let quantity = all().filter(|(other, known)| {
            let is_equal = number(&known.values.0) == Some(by.abs());
            *other != at && is_equal && is_quantity(&known.name)
        });
        let quantity = quantity.map(|(other, _)| other).next_back();
        Some(ValueSource::Computed(at, by, quantity))
    }

    /// A text whose numbers come from somewhere.
    fn joined(&self, values: Both<'_>) -> Option<ValueSource> {
        let (one, other) = (runs(values.0), runs(values.1));
        if one.len() != other.len() {
            return None;
        }
        let mut parts = Vec::new();
        for both in one.into_iter().zip(other) {
            if both.0 == both.1 {
                match parts.last_mut() {
                    Some(TextPart::Same(before)) => before.push_str(both.0),
                    _ => parts.push(TextPart::Same(both.0.to_owned())),
                }
                continue;
            }
            let source = self.of_buyer(both).or_else(|| self.taken(None, both))?;
            parts.push(TextPart::Of(Box::new(source)));
        }
        (parts.len() > 1).then_some(ValueSource::Joined(parts))
    }
}

/// What differs, and comes from nowhere that is known.
fn unexplained(values: Both<'_>) -> ValueSource {
    const MOMENT_S: i64 = 1_000_000_000;
    let digit = |text: &str, at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let is_date = |text: &str| {
        digit(text, 0) && digit(text, 3) && text[4..].starts_with('-') && digit(text, 5)
    };
    let is_moment = |text: &str| number(text).is_some_and(|number| number > MOMENT_S);
    let both = |is: &dyn Fn(&str) -> bool| is(values.0) && is(values.1);
    let near = match (number(values.0), number(values.1)) {
        (Some(one), Some(other)) => one.abs_diff(other) < MOMENT_S.unsigned_abs() / 10,
        _ => false,
    };
    match both(&is_date) || both(&is_moment) && near {
        true => ValueSource::Clock,
        false => ValueSource::Drawn,
    }
}

/// Digits, and what stands between them.
fn runs(text: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_other = |c: char| c.is_ascii_digit() != first.is_ascii_digit();
        let (run, behind) = rest.split_at(rest.find(is_other).unwrap_or(rest.len()));
        runs.push(run);
        rest = behind;
    }
    runs
}

/// How much it says that two values are equal.
enum ValueKind {
    /// A word such as `pending`: most often a constant.
    Word,
    /// A small number.
    Small,
    /// Hardly by chance.
    Telling,
}

fn kind(value: &str) -> ValueKind {
    const WORD_CHARS_MAX: usize = 20;
    const SMALL_MAX: u64 = 1_000;
    if let Some(number) = number(value) {
        return match number.unsigned_abs() < SMALL_MAX {
            true => ValueKind::Small,
            false => ValueKind::Telling,
        };
    }
    let is_of_word = |c: char| c.is_alphabetic() || "_- ".contains(c);
    match value.chars().count() <= WORD_CHARS_MAX && value.chars().all(is_of_word) {
        true => ValueKind::Word,
        false => ValueKind::Telling,
    }
}

/// A whole number.
pub fn number(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_plain = digits.chars().all(|c| c.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

/// Whether the column of a reply is this one: by its name, or by one that a framework makes of it
/// (`products_stock`, `stock3_0_`).
fn is_of(name: &str, column: &str) -> bool {
    let (name, column) = (name.to_lowercase(), column.to_lowercase());
    let is_made = |rest: &str| rest.chars().all(|c| c.is_ascii_digit() || c == '_');
    name == column
        || name.ends_with(&format!("_{column}"))
        || name.strip_prefix(&column).is_some_and(is_made)
}

/// Whether a column has the name of a key.
pub fn is_id(column: &str) -> bool {
    let column = column.to_lowercase();
    column == "id" || column.ends_with("_id") || column.ends_with("id_")
}

fn is_quantity(name: &str) -> bool {
    const NAMES: [&str; 6] = ["units", "quantity", "qty", "amount", "count", "seats"];
    NAMES.iter().any(|quantity| is_of(name, quantity))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(at: usize, name: &str, one: &str, other: &str) -> KnownValue {
        KnownValue {
            statement: at,
            column: 0,
            name: name.into(),
            tables: vec!["products".into()],
            values: (one.into(), other.into()),
        }
    }

    fn knowledge() -> Knowledge {
        Knowledge {
            known: vec![
                known(0, "id", "1", "1"),
                known(0, "products_stock", "5", "5"),
                known(0, "state", "open", "open"),
                known(1, "quantity", "3", "3"),
                known(2, "id", "8", "1000011"),
            ],
            buyers: ("1".into(), "2".into()),
            keys: ("7000001".into(), "7000013".into()),
            numbers: vec![3],
            is_twice: true,
        }
    }

    fn source(column: &str, used: SlotUse, values: Both<'_>) -> ValueSource {
        let slot = ValueSlot {
            value: Some(values.0.into()),
            type_oid: 0,
            literal: None,
            column: Some(column.into()),
            used,
            is_cast: false,
        };
        knowledge().source(&slot, values, &["products".into()])
    }

    #[test]
    fn a_value_is_taken_from_where_it_explains_both_times() {
        let compared = |column, values| source(column, SlotUse::Compared, values);
        assert_eq!(compared("stock", ("5", "5")), ValueSource::Taken(1));
        assert_eq!(compared("id", ("1", "1")), ValueSource::Taken(0));
        assert_eq!(compared("user_id", ("1", "2")), ValueSource::Buyer);
        assert_eq!(compared("x", ("7000001", "7000013")), ValueSource::Key);
        // The number of a sequence, under any name; a small number under its own.
        assert_eq!(compared("o", ("8", "1000011")), ValueSource::Taken(4));
        assert_eq!(compared("weight", ("5", "5")), ValueSource::Same);
        assert_eq!(
            compared("state", ("open", "open")),
            ValueSource::SameWord(2)
        );
        assert_eq!(compared("o", ("8", "9")), ValueSource::Drawn);
    }

    #[test]
    fn a_number_that_is_written_is_computed_from_the_one_that_was_read() {
        let written = |column, values| source(column, SlotUse::Written, values);
        let less = |by, quantity| ValueSource::Computed(1, by, quantity);
        assert_eq!(written("stock", ("4", "4")), less(-1, None));
        assert_eq!(written("stock", ("2", "2")), less(-3, Some(3)));
        assert_eq!(written("stock", ("6", "6")), less(1, None));
        // By no number of the request; to another column, where it may come from either.
        assert_eq!(written("stock", ("9", "9")), ValueSource::Same);
        assert_eq!(written("version", ("4", "4")), ValueSource::Same);
        assert_eq!(written("id", ("2", "2")), ValueSource::Same);
        let compared = source("stock", SlotUse::Compared, ("4", "4"));
        assert_eq!(compared, ValueSource::Same);
    }

    #[test]
    fn what_differs_and_comes_from_nowhere_is_a_moment_or_drawn() {
        let written = |values| source("x", SlotUse::Written, values);
        let moment = ("2026-01-02 03:04:05", "2026-01-02 03:04:09");
        assert_eq!(written(moment), ValueSource::Clock);
        let ms = ("1764200000000", "1764200004000");
        assert_eq!(written(ms), ValueSource::Clock);
        assert_eq!(written(("a1b", "c2d")), ValueSource::Drawn);
        let parts = |of| {
            let of = TextPart::Of(Box::new(of));
            ValueSource::Joined(vec![TextPart::Same("k-".into()), of])
        };
        let key = ("k-7000001", "k-7000013");
        assert_eq!(written(key), parts(ValueSource::Key));
        assert_eq!(written(("k-1", "k-2")), parts(ValueSource::Buyer));
        let beside = ("7, k-7000001", "7, k-7000013");
        let of = TextPart::Of(Box::new(ValueSource::Key));
        let parts = vec![TextPart::Same("7, k-".into()), of];
        assert_eq!(written(beside), ValueSource::Joined(parts));
    }
}
