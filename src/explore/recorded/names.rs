//! The variables of a recorded script.

use std::collections::{BTreeMap, BTreeSet};

use super::said::is_name;
use super::source::KnownValue;

/// Names that a script is given, or that its language has.
const TAKEN: [&str; 11] = [
    "buyer",
    "checkout_key",
    "default_seed",
    "error",
    "outcome_again",
    "outcome_done",
    "outcome_refused",
    "random_seed",
    "row_count",
    "sqlstate",
    "think_us",
];

/// What each value of a reply is called.
#[derive(Debug, Default)]
pub struct VariableNames {
    /// Names that a script may have, in small letters.
    possible: BTreeSet<String>,
    taken: BTreeSet<String>,
    /// What stands before the names of a statement's columns, by the number of the statement.
    prefixes: BTreeMap<usize, String>,
}

impl VariableNames {
    /// Of a script whose replies have these columns.
    pub fn of_columns<'n>(columns: impl IntoIterator<Item = &'n str>) -> Self {
        let taken: BTreeSet<String> = TAKEN.map(str::to_owned).into();
        let columns = columns.into_iter().map(str::to_lowercase);
        Self {
            possible: columns.chain(taken.iter().cloned()).collect(),
            taken,
            prefixes: BTreeMap::new(),
        }
    }

    /// A text in which `:name` is not taken for a variable: where one may have that name, it ends
    /// behind the colon, and goes on in the next part.
    pub fn apart<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let mut parts = Vec::new();
        let mut from = 0;
        for (at, _) in text.match_indices(':') {
            let behind = &text[at + 1..];
            let end = behind.find(|c: char| !c.is_alphanumeric() && c != '_');
            let name = &behind[..end.unwrap_or(behind.len())];
            if self.possible.contains(&name.to_lowercase()) {
                parts.push(&text[from..=at]);
                from = at + 1;
            }
        }
        parts.push(&text[from..]);
        parts
    }

    /// Names the columns of a statement: as they are, where nothing has such a name yet, and else
    /// behind the name of its table.
    pub fn name(&mut self, statement: usize, columns: &[&str], tables: &[String]) {
        let table = tables.first().filter(|table| is_name(table));
        let of_table = table.map(|table| format!("{table}_"));
        let numbered = (statement + 1..).map(|number| format!("s{number}_"));
        let mut prefixes = std::iter::once(String::new())
            .chain(of_table)
            .chain(numbered);
        let is_free = |prefix: &String| {
            let mut columns = columns.iter();
            columns.all(|column| {
                !self
                    .taken
                    .contains(&format!("{prefix}{column}").to_lowercase())
            })
        };
        let prefix = prefixes.find(is_free).unwrap_or_default();
        let names = columns
            .iter()
            .map(|column| format!("{prefix}{column}").to_lowercase());
        self.taken.extend(names);
        self.prefixes.insert(statement, prefix);
    }

    /// What stands before the names of a statement's columns.
    pub fn prefix(&self, statement: usize) -> &str {
        self.prefixes.get(&statement).map_or("", String::as_str)
    }

    /// The variable of a value.
    pub fn of(&self, known: &KnownValue) -> String {
        format!("{}{}", self.prefix(known.statement), known.name)
    }

    /// A new one that begins so.
    pub fn new_one(&mut self, begins: &str) -> String {
        let numbered = (2..).map(|number| format!("{begins}_{number}"));
        let mut names = std::iter::once(begins.to_owned()).chain(numbered);
        let is_free = |name: &String| !self.taken.contains(&name.to_lowercase());
        let name = names.find(is_free).unwrap_or_default();
        self.taken.insert(name.to_lowercase());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_values_have_one_name() {
        let mut names = VariableNames::of_columns([]);
        names.name(0, &["id", "stock"], &["products".into()]);
        names.name(3, &["id"], &["orders".into()]);
        names.name(4, &["id"], &["orders".into()]);
        names.name(5, &["buyer"], &[]);
        let prefixes = [0, 3, 4, 5].map(|at| names.prefix(at).to_owned());
        assert_eq!(prefixes, ["", "orders_", "s5_", "s6_"]);
        assert_eq!(names.new_one("stock_next"), "stock_next");
        assert_eq!(names.new_one("stock"), "stock_2");
    }

    #[test]
    fn a_text_is_not_taken_for_a_variable() {
        let names = VariableNames::of_columns(["Stock"]);
        let parts = names.apart("a :buyer, :other, {x:stock}:");
        assert_eq!(parts, ["a :", "buyer, :other, {x:", "stock}:"]);
        assert_eq!(names.apart("12:30"), ["12:30"]);
    }
}
