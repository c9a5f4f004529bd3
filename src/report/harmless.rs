//! Words of others as a terminal may see them: without a character that it would
//! obey.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// `text` with a visible stand-in for every character that a terminal obeys or
/// that turns the direction of what follows: C0 but for newline and tab, DEL, C1,
/// and the bidirectional controls.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    match text.contains(is_obeyed) {
        false => Cow::Borrowed(text),
        true => Cow::Owned(text.chars().map(stand_in).collect()),
    }
}

/// The same of every word in `data`, its keys included.
///
/// # Panics
/// Never: only free text can hold such a character, and stays free text.
#[must_use]
pub fn in_harmless_words<T>(data: &T) -> Cow<'_, T>
where
    T: Clone + Serialize + DeserializeOwned,
{
    let mut value = serde_json::to_value(data).expect("plain data serialises");
    match replace(&mut value) {
        false => Cow::Borrowed(data),
        true => Cow::Owned(serde_json::from_value(value).expect("words are words")),
    }
}

/// Whether anything was replaced.
fn replace(value: &mut Value) -> bool {
    match value {
        Value::String(text) => match harmless(text) {
            Cow::Borrowed(_) => false,
            Cow::Owned(clean) => {
                *text = clean;
                true
            }
        },
        Value::Array(items) => items
            .iter_mut()
            .fold(false, |any, item| replace(item) | any),
        Value::Object(fields) => {
            let has_harm = |key: &String| key.contains(is_obeyed);
            let mut any = fields.keys().any(has_harm);
            if any {
                let all = std::mem::take(fields).into_iter();
                *fields = all
                    .map(|(key, v)| (harmless(&key).into_owned(), v))
                    .collect();
            }
            for field in fields.values_mut() {
                any |= replace(field);
            }
            any
        }
        _ => false,
    }
}

fn is_obeyed(c: char) -> bool {
    let is_bidirectional = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
    );
    (c.is_control() && !matches!(c, '\n' | '\t')) || is_bidirectional
}

/// The picture of a control character, where it has one.
fn stand_in(c: char) -> char {
    match c {
        c if !is_obeyed(c) => c,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        _ => '\u{fffd}',
    }
}
