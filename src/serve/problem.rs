//! What is told where the answer is no (RFC 9457).

use schemars::JsonSchema;
use serde::Serialize;

use crate::session::Error;

/// A refusal, as its caller reads it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Problem {
    /// Which kind it is: one word for programs.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The same in words.
    title: &'static str,
    /// The status of the answer.
    pub(super) status: u16,
    /// This case of it.
    detail: String,
    /// The field of the request that is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// The product that ran out.
    #[serde(skip_serializing_if = "Option::is_none")]
    product_id: Option<i64>,
    /// The order that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<i64>,
}

/// The kinds: status, word, title.
type Kind = (u16, &'static str, &'static str);

const BAD_JSON: Kind = (400, "urn:sim:problem:bad-json", "The body is no JSON");
const NOT_FOUND: Kind = (404, "urn:sim:problem:not-found", "There is no such thing");
const METHOD: Kind = (
    405,
    "urn:sim:problem:method-not-allowed",
    "Another method is wanted here",
);
const TOO_SLOW: Kind = (
    408,
    "urn:sim:problem:body-too-slow",
    "The body did not come in time",
);
const SOLD_OUT: Kind = (409, "urn:sim:problem:sold-out", "A product has run out");
const EMPTY_CART: Kind = (
    409,
    "urn:sim:problem:empty-cart",
    "There is nothing in the cart",
);
const NOT_NOW: Kind = (409, "urn:sim:problem:not-now", "The order is past that");
const TOO_LARGE: Kind = (
    413,
    "urn:sim:problem:body-too-large",
    "The body is too large",
);
const NOT_JSON: Kind = (415, "urn:sim:problem:not-json", "The body must be JSON");
const INVALID: Kind = (422, "urn:sim:problem:invalid", "A value is refused");
const KEY_REUSED: Kind = (
    422,
    "urn:sim:problem:key-reused",
    "The key belongs to another request",
);
const INTERNAL: Kind = (500, "urn:sim:problem:internal", "The shop failed");
const LOST: Kind = (
    503,
    "urn:sim:problem:lost-to-concurrency",
    "Every try was lost to other buyers",
);
const UNAVAILABLE: Kind = (
    503,
    "urn:sim:problem:database-unavailable",
    "The database does not serve",
);
const IN_DOUBT: Kind = (
    503,
    "urn:sim:problem:in-doubt",
    "The order may stand or not",
);
const BUSY: Kind = (503, "urn:sim:problem:busy", "Too much is asked at once");
const NO_ANSWER: Kind = (
    503,
    "urn:sim:problem:no-answer-in-time",
    "The answer is late",
);

impl Problem {
    fn of((status, kind, title): Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            title,
            status,
            detail: detail.into(),
            field: None,
            product_id: None,
            order_id: None,
        }
    }

    pub(super) fn bad_json(why: String) -> Self {
        Self::of(BAD_JSON, why)
    }

    pub(super) fn no_route(path: &str) -> Self {
        Self::of(NOT_FOUND, format!("no route leads to {path}"))
    }

    pub(super) fn no_product(id: &str) -> Self {
        Self::of(NOT_FOUND, format!("there is no product {id}"))
    }

    pub(super) fn no_order(order_id: i64) -> Self {
        let problem = Self::of(NOT_FOUND, format!("there is no order {order_id}"));
        Self {
            order_id: Some(order_id),
            ..problem
        }
    }

    pub(super) fn method(method: &str, path: &str) -> Self {
        Self::of(METHOD, format!("{path} has no {method}"))
    }

    pub(super) fn too_slow() -> Self {
        Self::of(TOO_SLOW, "the rest of the body was not waited for")
    }

    pub(super) fn sold_out(product_id: Option<i64>) -> Self {
        let detail = match product_id {
            Some(id) => format!("there is not enough of product {id}; nothing was sold"),
            None => "there is not enough of a product; nothing was sold".into(),
        };
        Self {
            product_id,
            ..Self::of(SOLD_OUT, detail)
        }
    }

    pub(super) fn empty_cart(user: i64) -> Self {
        Self::of(
            EMPTY_CART,
            format!("user {user} has put nothing into the cart"),
        )
    }

    pub(super) fn not_now(order_id: i64, is: &str, wanted: &str) -> Self {
        let detail = format!("order {order_id} is {is}, and cannot become {wanted}");
        Self {
            order_id: Some(order_id),
            ..Self::of(NOT_NOW, detail)
        }
    }

    pub(super) fn too_large(bytes_max: usize) -> Self {
        Self::of(TOO_LARGE, format!("more than {bytes_max} bytes"))
    }

    pub(super) fn not_json() -> Self {
        Self::of(NOT_JSON, "send it with Content-Type: application/json")
    }

    pub(super) fn invalid(field: impl Into<String>, why: impl AsRef<str>) -> Self {
        let field = field.into();
        let detail = format!("{field}: {}", why.as_ref());
        Self {
            field: Some(field),
            ..Self::of(INVALID, detail)
        }
    }

    pub(super) fn too_many_lines(order_id: i64, why: String) -> Self {
        Self {
            order_id: Some(order_id),
            ..Self::of(INVALID, why)
        }
    }

    pub(super) fn key_reused() -> Self {
        Self::of(
            KEY_REUSED,
            "the first request with this Idempotency-Key had another body",
        )
    }

    pub(super) fn internal(why: impl Into<String>) -> Self {
        Self::of(INTERNAL, why)
    }

    pub(super) fn lost(tries: u32) -> Self {
        Self::of(
            LOST,
            format!("{tries} tries; nothing was changed, try again"),
        )
    }

    pub(super) fn unavailable(why: impl Into<String>) -> Self {
        Self::of(UNAVAILABLE, why)
    }

    pub(super) fn in_doubt(order_id: i64, why: &Error) -> Self {
        let detail = format!("no reply to COMMIT ({why}): look at GET /order/?order_id={order_id}");
        Self {
            order_id: Some(order_id),
            ..Self::of(IN_DOUBT, detail)
        }
    }

    pub(super) fn busy(what: &str) -> Self {
        Self::of(BUSY, format!("{what}; try again"))
    }

    pub(super) fn no_answer() -> Self {
        Self::of(NO_ANSWER, "what was asked for may still be done")
    }
}

/// Why a request was not carried out.
#[derive(Debug)]
pub(super) enum NotDone {
    /// The answer is no.
    Problem(Box<Problem>),
    /// The database did not do what was asked.
    Fault(Error),
}

impl From<Problem> for NotDone {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<Error> for NotDone {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

impl NotDone {
    /// What the caller is told; of a conflict, that it was the last of so many tries.
    pub(super) fn told(self, tries: u32) -> Problem {
        match self {
            Self::Problem(problem) => *problem,
            Self::Fault(Error::Conflict(_)) => Problem::lost(tries),
            Self::Fault(error @ Error::ConnectionLost(_)) => {
                Problem::unavailable(error.to_string())
            }
            Self::Fault(Error::Database { sqlstate, message }) if is_no_service(&sqlstate) => {
                Problem::unavailable(format!("{message} (SQLSTATE {sqlstate})"))
            }
            Self::Fault(error) => Problem::internal(error.to_string()),
        }
    }
}

/// Whether an SQLSTATE says that the server does not serve just now: connection (08),
/// resources (53), intervention by an operator (57), system (58); read-only (25006).
fn is_no_service(sqlstate: &str) -> bool {
    let class = sqlstate.get(..2).unwrap_or_default();
    matches!(class, "08" | "53" | "57" | "58") || sqlstate == "25006"
}
