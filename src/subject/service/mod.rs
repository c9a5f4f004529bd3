//! A service as a subject: what a caller sends to it, and what its replies mean. Plain values; the
//! requests are sent by a layer above.
//!
//! | file | what it knows |
//! |---|---|
//! | `exchange` | a request with all its values, and a reply |
//! | `template` | texts and bodies with `${name}` in them |
//! | `json_path` | one value within a reply |
//! | `rule` | what counts as done, refused, again or failed |
//! | `step` | one request, checked and ready to be filled |
//! | `visit` | one actor's way through the requests |
//! | `variant` | which way of a program a name means |

mod exchange;
mod json_path;
mod rule;
mod step;
mod template;
mod variant;
mod visit;

pub use exchange::{OutgoingRequest, ServiceReply};
pub use json_path::JsonPath;
pub use rule::{ReplyRule, ReplyRules, ServiceAnswer, StatusRange};
pub use step::{ServiceFlow, ServiceStep, StepDraft, WrongStep};
pub use template::{JsonTemplate, ServiceValues, TextTemplate};
pub use variant::ONLY_SERVICE;
pub use visit::{ServiceVisit, VisitEnd};

pub(super) use variant::named;
