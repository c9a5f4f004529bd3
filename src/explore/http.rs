//! What a caller of a service was answered, as a reader sees it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::subject::service::ServiceReply;

/// Of a body so many characters are kept.
const BODY_CHARS_MAX: usize = 400;

/// An answer to a caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HttpAnswer {
    /// The caller.
    pub buyer: char,
    /// What was asked, such as `POST /checkout`.
    pub request: String,
    /// The status; `None` where no answer came.
    pub status: Option<u16>,
    /// The first characters of the body, in one line; or why no answer came.
    pub body: String,
}

impl HttpAnswer {
    /// A reply to a caller's request.
    #[must_use]
    pub fn of(buyer: char, request: String, reply: &ServiceReply) -> Self {
        // A character has four bytes at most.
        let bytes = &reply.body[..reply.body.len().min(4 * BODY_CHARS_MAX)];
        Self {
            buyer,
            request,
            status: Some(reply.status),
            body: line(&String::from_utf8_lossy(bytes)),
        }
    }

    /// Of a request that has none, for this reason.
    #[must_use]
    pub fn none(buyer: char, request: String, why: &str) -> Self {
        Self {
            buyer,
            request,
            status: None,
            body: line(why),
        }
    }
}

fn line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    let cut: String = line.chars().take(BODY_CHARS_MAX).collect();
    match cut.len() < line.len() {
        true => format!("{cut} ..."),
        false => cut,
    }
}
