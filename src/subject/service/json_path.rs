//! One value within a reply.

use std::fmt;

use serde_json::Value as Json;

/// A path such as `order.id`, `lines[0].units` or `["a name"].x`; a `$` in front is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath {
    text: String,
    parts: Vec<PathPart>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum PathPart {
    Key(String),
    Index(usize),
}

impl JsonPath {
    /// Reads a path.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no path: write one such as order.id or lines[0].units");
        let mut rest = text.strip_prefix('$').unwrap_or(text);
        let mut parts = Vec::new();
        let mut is_first = !text.starts_with('$');
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix("[\"") {
                let (key, after) = inner.split_once("\"]").ok_or_else(wrong)?;
                parts.push(PathPart::Key(key.into()));
                rest = after;
            } else if let Some(inner) = rest.strip_prefix('[') {
                let (index, after) = inner.split_once(']').ok_or_else(wrong)?;
                let is_number = !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit());
                let index = index.parse().ok().filter(|_| is_number);
                parts.push(PathPart::Index(index.ok_or_else(wrong)?));
                rest = after;
            } else {
                let key = match rest.strip_prefix('.') {
                    Some(key) => key,
                    None if is_first => rest,
                    None => return Err(wrong()),
                };
                let end = key.find(['.', '[']).unwrap_or(key.len());
                let (key, after) = key.split_at(end);
                let has_others = key.contains(['*', '?', '"', ']']) || key.trim() != key;
                if key.is_empty() || has_others {
                    return Err(wrong());
                }
                parts.push(PathPart::Key(key.into()));
                rest = after;
            }
            is_first = false;
        }
        let text = text.to_owned();
        Ok(Self { text, parts })
    }

    /// The value that stands there, if one does.
    #[must_use]
    pub fn find<'j>(&self, body: &'j Json) -> Option<&'j Json> {
        self.parts.iter().try_fold(body, |at, part| match part {
            PathPart::Key(key) => at.get(key),
            PathPart::Index(index) => at.get(index),
        })
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_leads_to_one_value() {
        let body = json!({ "order": { "id": 3, "a b": [{ "x": null }] }, "0": "key" });
        let found = |path: &str| JsonPath::parse(path).expect(path).find(&body).cloned();
        assert_eq!(found("order.id"), Some(json!(3)));
        assert_eq!(found("$.order.id"), Some(json!(3)));
        assert_eq!(found("$"), Some(body.clone()));
        assert_eq!(found(""), Some(body.clone()));
        assert_eq!(found("order[\"a b\"][0].x"), Some(json!(null)));
        assert_eq!(found("[\"0\"]"), Some(json!("key")));
        for absent in [
            "order.none",
            "order[0]",
            "order.id.x",
            "[0]",
            "order[\"a b\"][1]",
        ] {
            assert_eq!(found(absent), None, "{absent}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in [
            ".",
            "a.",
            "a..b",
            "a[",
            "a[x]",
            "a[-1]",
            "a[+1]",
            "a[\"b]",
            "$a",
            "a[0]b",
            "a.*",
            "a b ",
            "$..id",
            "a[]",
            "a[?(@.x)]",
        ] {
            assert!(JsonPath::parse(text).is_err(), "{text}");
        }
    }
}
