//! Texts and bodies with `${name}` in them.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value as Json;

/// Values by name.
pub type ServiceValues = BTreeMap<String, Json>;

/// What stands in a path as it is; all else of a value is escaped, so that a value is never more
/// than one segment of a path or one value of a query.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A text in which `${name}` stands for a value, and `$${` for `${` itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextTemplate(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Name(String),
}

impl TextTemplate {
    /// Reads a text.
    ///
    /// # Errors
    /// A `${` without its `}`, or no name between them, as a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, from) = rest.split_at(at);
            let behind = &from[2..];
            if let Some(before) = before.strip_suffix('$') {
                plain.push_str(before);
                plain.push_str("${");
                rest = behind;
                continue;
            }
            plain.push_str(before);
            let Some((name, after)) = behind.split_once('}') else {
                return Err(format!("{text:?}: a ${{ has no }} behind it"));
            };
            if !is_name(name) {
                return Err(format!(
                    "{text:?}: ${{{name}}} holds no name: letters, digits and _, and no digit first \
                     ($${{ stands for ${{ itself)"
                ));
            }
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Name(name.into()));
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self(pieces))
    }

    /// The names in it, in their sequence.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Name(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The text with a value for each name.
    #[must_use]
    pub fn fill(&self, values: &ServiceValues) -> String {
        self.filled(values, |value| value)
    }

    /// As [`TextTemplate::fill`], with each value escaped as a part of a path.
    #[must_use]
    pub fn fill_path(&self, values: &ServiceValues) -> String {
        self.filled(values, |value| {
            utf8_percent_encode(&value, IN_PATH).to_string()
        })
    }

    fn filled(&self, values: &ServiceValues, escape: impl Fn(String) -> String) -> String {
        let mut filled = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Name(name) => filled.push_str(&escape(as_text(values.get(name)))),
            }
        }
        filled
    }

    /// The name, if the text is one `${name}` and nothing else.
    fn only_name(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Piece::Name(name)] => Some(name),
            _ => None,
        }
    }
}

/// Whether a variable can have this name.
#[must_use]
pub(super) fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    let first = chars.next();
    first.is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Text without quotes; what is no text as JSON writes it.
fn as_text(value: Option<&Json>) -> String {
    match value {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// A body whose texts are templates. A text that is one `${name}` and nothing else is the value
/// itself: a number stays a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonTemplate {
    /// A value without names.
    Plain(Json),
    /// A text.
    Text(TextTemplate),
    /// A list.
    List(Vec<JsonTemplate>),
    /// An object, in the order in which it is written.
    Object(Vec<(String, JsonTemplate)>),
}

impl JsonTemplate {
    /// Reads a body.
    ///
    /// # Errors
    /// As [`TextTemplate::parse`].
    pub fn parse(body: &Json) -> Result<Self, String> {
        Ok(match body {
            Json::String(text) => {
                let template = TextTemplate::parse(text)?;
                let has_names = template.names().next().is_some();
                match has_names {
                    true => Self::Text(template),
                    false => Self::Plain(template.fill(&ServiceValues::new()).into()),
                }
            }
            Json::Array(list) => {
                Self::List(list.iter().map(Self::parse).collect::<Result<_, _>>()?)
            }
            Json::Object(object) => {
                let entry = |(key, value): (&String, &Json)| Ok((key.clone(), Self::parse(value)?));
                Self::Object(object.iter().map(entry).collect::<Result<_, String>>()?)
            }
            plain => Self::Plain(plain.clone()),
        })
    }

    /// The names in it.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Plain(_) => Vec::new(),
            Self::Text(text) => text.names().collect(),
            Self::List(list) => list.iter().flat_map(Self::names).collect(),
            Self::Object(object) => object.iter().flat_map(|(_, value)| value.names()).collect(),
        }
    }

    /// The body with a value for each name.
    #[must_use]
    pub fn fill(&self, values: &ServiceValues) -> Json {
        match self {
            Self::Plain(value) => value.clone(),
            Self::Text(text) => match text.only_name() {
                Some(name) => values.get(name).cloned().unwrap_or(Json::Null),
                None => text.fill(values).into(),
            },
            Self::List(list) => list.iter().map(|item| item.fill(values)).collect(),
            Self::Object(object) => object
                .iter()
                .map(|(key, value)| (key.clone(), value.fill(values)))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn values() -> ServiceValues {
        let pairs = [
            ("buyer", json!(7)),
            ("name", json!("a/b ?\r\n")),
            ("order", json!({ "id": 3 })),
            ("none", Json::Null),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// A number stays a number where it stands alone, and is text within text.
    #[test]
    fn a_value_alone_keeps_its_type() {
        let body = json!({
            "alone": "${buyer}", "within": "buyer ${buyer}", "list": ["${order}", "${none}"],
            "plain": 1.5, "no name": "$${buyer} costs $5",
        });
        let template = JsonTemplate::parse(&body).expect("a template");
        let expected = json!({
            "alone": 7, "within": "buyer 7", "list": [{ "id": 3 }, null],
            "plain": 1.5, "no name": "${buyer} costs $5",
        });
        assert_eq!(template.fill(&values()), expected);
        assert_eq!(template.names(), ["buyer", "order", "none", "buyer"]);
    }

    /// A value cannot leave its place in a path.
    #[test]
    fn a_value_in_a_path_is_escaped() {
        let path = TextTemplate::parse("/x/${name}?q=${buyer}").expect("a template");
        assert_eq!(path.fill_path(&values()), "/x/a%2Fb%20%3F%0D%0A?q=7");
        assert_eq!(path.fill(&values()), "/x/a/b ?\r\n?q=7");
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for text in ["${", "a${b", "${}", "${a-b}", "${1a}", "${a} ${ b}"] {
            assert!(TextTemplate::parse(text).is_err(), "{text}");
        }
        for text in ["", "$", "$$", "a$b}", "{x}", "$${", "$$${"] {
            let read = TextTemplate::parse(text).expect(text);
            assert_eq!(read.names().count(), 0, "{text}");
        }
    }
}
