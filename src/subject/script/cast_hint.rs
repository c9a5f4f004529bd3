//! What to write where a variable's type is not what a statement needs.
//!
//! Values go to the server as text, and it finds a type for each parameter itself. Where
//! it cannot, or finds another one, its message speaks of types and of `$1`.

use super::end::SqlFailure;
use super::names::Names;
use super::sql::SqlText;

/// An operator or function that is not unique, types that do not match, and a parameter
/// whose type is not known.
const OF_TYPES: [&str; 3] = ["42725", "42804", "42P18"];

impl SqlText {
    /// The failure, with what to write if a variable without a type may have brought it.
    pub(super) fn with_hint(&self, mut failure: SqlFailure, names: &Names) -> SqlFailure {
        if OF_TYPES.contains(&&*failure.sqlstate)
            && let Some(number) = self.untyped(&failure.message)
        {
            let (slot, _) = self.variables[number];
            let name = names.name(slot);
            failure.message.push_str(&format!(
                "; a variable goes as text, of which the server finds the type: write a cast, \
                 such as :{name}::int"
            ));
        }
        failure
    }

    /// The parameter without a cast that a message names, or the first one; from 0.
    fn untyped(&self, message: &str) -> Option<usize> {
        let is_untyped = |number: &usize| {
            let parameter = format!("${}", number + 1);
            let mut uses = self.text.match_indices(&parameter);
            uses.any(|(at, _)| {
                let behind = self.text[at + parameter.len()..].trim_start();
                !behind.starts_with("::") && !behind.starts_with(|c: char| c.is_ascii_digit())
            })
        };
        let named = message.split('$').nth(1).map(|rest| {
            let digits = rest.find(|c: char| !c.is_ascii_digit());
            rest[..digits.unwrap_or(rest.len())].parse::<usize>()
        });
        let named = named.and_then(Result::ok).and_then(|n| n.checked_sub(1));
        let mut all = 0..self.variables.len();
        let first = all.clone().find(is_untyped);
        named.filter(|number| all.any(|n| n == *number)).or(first)
    }
}
