//! What counts as done, refused, again or failed.

use std::fmt;

use serde_json::Value as Json;

use super::exchange::ServiceReply;
use super::json_path::JsonPath;

/// What a reply means to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceAnswer {
    /// It has what it asked for.
    Done,
    /// It cannot have it.
    Refused,
    /// It lost a race, and may ask once more.
    Again,
    /// A fault.
    Failed,
}

/// Statuses from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusRange {
    first: u16,
    last: u16,
}

impl StatusRange {
    /// One status, such as `409`, or all of a class, such as `2xx`.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("{text:?} is no status: write one such as 409, or all of a class, such as 2xx")
        };
        if let Some(class) = text.strip_suffix("xx") {
            let class: u16 = match class.parse() {
                Ok(class @ 1..=5) => class,
                _ => return Err(wrong()),
            };
            let first = class * 100;
            let last = first + 99;
            return Ok(Self { first, last });
        }
        match text.parse() {
            Ok(status @ 100..=599) => Ok(Self {
                first: status,
                last: status,
            }),
            _ => Err(wrong()),
        }
    }

    const fn holds(self, status: u16) -> bool {
        self.first <= status && status <= self.last
    }
}

/// When a reply counts as an answer: by its status, by a value in its body, or by both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyRule {
    /// What its status is, if that matters.
    pub status: Option<StatusRange>,
    /// Where in the body which value stands, if that matters.
    pub value: Option<(JsonPath, Json)>,
}

impl ReplyRule {
    /// Whether it says something of the body.
    #[must_use]
    pub const fn reads_body(&self) -> bool {
        self.value.is_some()
    }

    /// Whether a reply is meant, whose body is `json` if it is JSON at all.
    fn holds(&self, status: u16, json: Option<&Json>) -> bool {
        let by_status = self.status.is_none_or(|range| range.holds(status));
        let by_value = match &self.value {
            None => true,
            Some((path, value)) => json.and_then(|body| path.find(body)) == Some(value),
        };
        by_status && by_value
    }
}

/// What each kind of reply means: the first rule that holds, of those for refused, again, failed
/// and done in this sequence. A reply of which no rule speaks has failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplyRules {
    /// The rules of each answer, in that sequence.
    pub rules: Vec<(ServiceAnswer, ReplyRule)>,
}

impl ReplyRules {
    /// What a reply means.
    #[must_use]
    pub fn answer(&self, reply: &ServiceReply, json: Option<&Json>) -> ServiceAnswer {
        let mut rules = self.rules.iter();
        let found = rules.find(|(_, rule)| rule.holds(reply.status, json));
        found.map_or(ServiceAnswer::Failed, |(answer, _)| *answer)
    }

    /// Whether it depends on the body.
    #[must_use]
    pub fn read_body(&self) -> bool {
        self.rules.iter().any(|(_, rule)| rule.reads_body())
    }
}

impl fmt::Display for ServiceAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Again => "again",
            Self::Failed => "failed",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn status(text: &str) -> ReplyRule {
        ReplyRule {
            status: Some(StatusRange::parse(text).expect(text)),
            value: None,
        }
    }

    fn value(status: Option<&str>, path: &str, value: Json) -> ReplyRule {
        ReplyRule {
            status: status.map(|text| StatusRange::parse(text).expect(text)),
            value: Some((JsonPath::parse(path).expect(path), value)),
        }
    }

    /// The first rule counts; a value in the body is exactly that value.
    #[test]
    fn the_first_rule_that_holds_says_what_a_reply_means() {
        let rules = ReplyRules {
            rules: vec![
                (
                    ServiceAnswer::Refused,
                    value(Some("409"), "type", json!("sold-out")),
                ),
                (ServiceAnswer::Refused, value(None, "left", json!(0))),
                (ServiceAnswer::Again, status("409")),
                (ServiceAnswer::Failed, value(None, "error", json!(true))),
                (ServiceAnswer::Done, status("2xx")),
            ],
        };
        let answer = |status, body: Option<Json>| {
            let reply = ServiceReply {
                status,
                body: Vec::new(),
            };
            rules.answer(&reply, body.as_ref())
        };
        assert_eq!(
            answer(409, Some(json!({ "type": "sold-out" }))),
            ServiceAnswer::Refused
        );
        assert_eq!(
            answer(200, Some(json!({ "left": 0 }))),
            ServiceAnswer::Refused
        );
        assert_eq!(
            answer(200, Some(json!({ "left": "0" }))),
            ServiceAnswer::Done
        );
        assert_eq!(
            answer(409, Some(json!({ "type": "stale" }))),
            ServiceAnswer::Again
        );
        assert_eq!(answer(409, None), ServiceAnswer::Again);
        assert_eq!(
            answer(200, Some(json!({ "error": true }))),
            ServiceAnswer::Failed
        );
        assert_eq!(answer(299, None), ServiceAnswer::Done);
        for status in [199, 300, 404, 500] {
            assert_eq!(answer(status, None), ServiceAnswer::Failed, "{status}");
        }
        assert!(rules.read_body());
    }

    #[test]
    fn what_is_no_status_is_refused() {
        for text in [
            "", "99", "600", "0xx", "6xx", "xx", "2x", "20x", "ok", "-200", "65535xx",
        ] {
            assert!(StatusRange::parse(text).is_err(), "{text}");
        }
    }
}
