//! The values of variables.

use std::fmt;
use std::sync::Arc;

/// The value of a variable.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    /// NULL.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Double(f64),
    /// Text that the database answered or the caller bound. An expression reads it as a
    /// number or a truth value, if it is written like one.
    Text(Arc<str>),
}

impl Datum {
    /// As it is sent to the server: text, or `None` for NULL.
    #[must_use]
    pub fn bound(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Bool(value) => Some(value.to_string()),
            Self::Int(value) => Some(value.to_string()),
            Self::Double(value) => Some(written(*value)),
            Self::Text(value) => Some(value.to_string()),
        }
    }

    /// What the database answered.
    #[must_use]
    pub fn answered(value: Option<&str>) -> Self {
        value.map_or(Self::Null, |text| Self::Text(text.into()))
    }

    /// As an expression reads it; `None` if it is a text that is written like nothing
    /// that can be computed with.
    pub(super) fn computable(&self) -> Option<Self> {
        match self {
            Self::Text(text) => from_text(text),
            other => Some(other.clone()),
        }
    }

    /// Of a condition: NULL and zero are false, every other number is true. `None` for
    /// a text that cannot be computed with.
    pub(super) fn truth(&self) -> Option<bool> {
        Some(match self.computable()? {
            Self::Null | Self::Text(_) => false,
            Self::Bool(value) => value,
            Self::Int(value) => value != 0,
            Self::Double(value) => value != 0.0,
        })
    }
}

impl fmt::Display for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.bound().as_deref().unwrap_or("NULL"))
    }
}

impl From<i64> for Datum {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Datum {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Datum {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

/// As pgbench reads a variable that holds text: prefixes of `true`, `yes`, `false` and
/// `no` are truth values, what looks like a whole number must fit into one.
fn from_text(text: &str) -> Option<Datum> {
    let lower = text.to_ascii_lowercase();
    let begins = |word: &str| !lower.is_empty() && word.starts_with(&lower);
    if lower.is_empty() {
        None
    } else if lower == "null" {
        Some(Datum::Null)
    } else if begins("true") || begins("yes") || lower == "on" {
        Some(Datum::Bool(true))
    } else if begins("false") || begins("no") || matches!(&*lower, "off" | "of") {
        Some(Datum::Bool(false))
    } else {
        number(lower.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']))
    }
}

fn number(text: &str) -> Option<Datum> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok().map(Datum::Int)
    } else {
        double(text).map(Datum::Double)
    }
}

/// A number that is neither too large nor too small to be told from zero.
pub(super) fn double(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    let is_word = text.contains(['n', 'N']);
    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
    let is_zero = !mantissa.contains(|c| matches!(c, '1'..='9'));
    (is_word || value.is_normal() || is_zero).then_some(value)
}

/// Digits that a number keeps.
const DIGITS: i32 = 15;

/// As pgbench writes `%.15g`.
pub(super) fn written(value: f64) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.into();
    }
    let scientific = format!("{value:.*e}", usize::try_from(DIGITS - 1).unwrap_or(0));
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..DIGITS).contains(&exponent) {
        let decimals = usize::try_from(DIGITS - 1 - exponent).unwrap_or(0);
        return without_zeros(&format!("{value:.decimals$}")).into();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    let mantissa = without_zeros(mantissa);
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}
