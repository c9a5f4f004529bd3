//! One actor's way through the requests of a service.

use std::sync::Arc;

use serde_json::Value as Json;

use super::exchange::{OutgoingRequest, ServiceReply};
use super::rule::ServiceAnswer;
use super::step::{ServiceFlow, ServiceStep, StepBody};
use super::template::ServiceValues;

/// Of a body that is not understood so many characters are shown.
const BODY_CHARS_SHOWN: usize = 160;

/// How a visit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VisitEnd {
    /// Every request was answered by done.
    Done,
    /// A request was refused.
    Refused,
    /// A request is to be made once more: the visit stands where it stood.
    Again,
    /// A fault, as a sentence.
    Failed(String),
}

/// Where an actor stands on its way. It can be kept, and go on later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceVisit {
    flow: Arc<ServiceFlow>,
    /// The next request of the flow.
    at: usize,
    values: ServiceValues,
}

impl ServiceVisit {
    /// Before the first request.
    #[must_use]
    pub const fn begin(flow: Arc<ServiceFlow>, values: ServiceValues) -> Self {
        let at = 0;
        Self { flow, at, values }
    }

    /// The request that comes next; `None` behind the last one.
    ///
    /// # Errors
    /// A value that a header cannot hold, as a sentence.
    pub fn request(&self) -> Result<Option<OutgoingRequest>, String> {
        let Some(step) = self.flow.steps.get(self.at) else {
            return Ok(None);
        };
        step.outgoing(&self.values).map(Some)
    }

    /// All values that it has by now.
    #[must_use]
    pub const fn values(&self) -> &ServiceValues {
        &self.values
    }

    /// Which request comes next, from 0.
    #[must_use]
    pub fn position(&self) -> u32 {
        u32::try_from(self.at).unwrap_or(u32::MAX)
    }

    /// What the current request is called in messages.
    #[must_use]
    pub fn shown(&self) -> &str {
        let step = self.flow.steps.get(self.at);
        step.map_or("", |step| &step.shown)
    }

    /// Takes in the reply to the request that came next. `None` where the next one follows.
    pub fn take_in(&mut self, reply: &ServiceReply) -> Option<VisitEnd> {
        let flow = Arc::clone(&self.flow);
        let step = flow.steps.get(self.at)?;
        match step.understand(reply, &mut self.values) {
            Ok(ServiceAnswer::Done) => {
                self.at += 1;
                (self.at == flow.steps.len()).then_some(VisitEnd::Done)
            }
            Ok(ServiceAnswer::Refused) => Some(VisitEnd::Refused),
            Ok(ServiceAnswer::Again) => Some(VisitEnd::Again),
            Ok(ServiceAnswer::Failed) => Some(VisitEnd::Failed(step.unexpected(reply))),
            Err(problem) => Some(VisitEnd::Failed(problem)),
        }
    }
}

impl ServiceStep {
    /// The request with these values.
    ///
    /// # Errors
    /// A value that a header cannot hold, as a sentence.
    pub fn outgoing(&self, values: &ServiceValues) -> Result<OutgoingRequest, String> {
        let mut headers = Vec::with_capacity(self.headers.len() + 1);
        for (name, template) in &self.headers {
            let value = template.fill(values);
            if value.chars().any(char::is_control) {
                let shown = &self.shown;
                return Err(format!("{shown}: {name} would hold a control character"));
            }
            headers.push((name.clone(), value));
        }
        let body = match &self.body {
            None => Vec::new(),
            Some(StepBody::Text(text)) => text.fill(values).into_bytes(),
            Some(StepBody::Form(text)) => text.fill_path(values).into_bytes(),
            Some(StepBody::Json(json)) => {
                if !headers.iter().any(|(name, _)| name == "content-type") {
                    headers.push(("content-type".into(), "application/json".into()));
                }
                json.fill(values).to_string().into_bytes()
            }
        };
        Ok(OutgoingRequest {
            method: self.method,
            is_safe: self.is_safe,
            path: self.path.fill_path(values),
            headers,
            body,
        })
    }

    /// What a reply means. Of one that is done, the values are taken.
    ///
    /// # Errors
    /// It holds no JSON, or not what is to be taken, as a sentence.
    pub fn understand(
        &self,
        reply: &ServiceReply,
        values: &mut ServiceValues,
    ) -> Result<ServiceAnswer, String> {
        let json: Option<Json> = match self.reads_json() {
            true => serde_json::from_slice(&reply.body).ok(),
            false => None,
        };
        let answer = self.rules.answer(reply, json.as_ref());
        if answer != ServiceAnswer::Done || self.takes.is_empty() {
            return Ok(answer);
        }
        let shown = &self.shown;
        let json = json.ok_or_else(|| {
            format!(
                "{shown} answered {} with a body that is no JSON: {}",
                reply.status,
                beginning(&reply.body)
            )
        })?;
        for (name, path) in &self.takes {
            let value = path.find(&json).ok_or_else(|| {
                format!(
                    "{shown} answered {} without {path}, which ${{{name}}} is taken from",
                    reply.status
                )
            })?;
            values.insert(name.clone(), value.clone());
        }
        Ok(answer)
    }

    /// A sentence about a reply that has failed.
    #[must_use]
    pub fn unexpected(&self, reply: &ServiceReply) -> String {
        let (shown, status) = (&self.shown, reply.status);
        match beginning(&reply.body).as_str() {
            "" => format!("{shown} answered {status}"),
            body => format!("{shown} answered {status}: {body}"),
        }
    }
}

/// The first characters of a body, in one line.
fn beginning(body: &[u8]) -> String {
    // A character has four bytes at most.
    let bytes = &body[..body.len().min(4 * BODY_CHARS_SHOWN)];
    let text = String::from_utf8_lossy(bytes);
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    let cut: String = line.chars().take(BODY_CHARS_SHOWN).collect();
    match cut.len() < line.len() || bytes.len() < body.len() {
        true => format!("{cut} ..."),
        false => cut,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::super::rule::{ReplyRule, ReplyRules, StatusRange};
    use super::super::step::StepDraft;
    use super::*;

    fn rules() -> ReplyRules {
        let rule = |answer, status| {
            let status = Some(StatusRange::parse(status).expect("a status"));
            (
                answer,
                ReplyRule {
                    status,
                    value: None,
                },
            )
        };
        ReplyRules {
            rules: vec![
                rule(ServiceAnswer::Refused, "409"),
                rule(ServiceAnswer::Again, "503"),
                rule(ServiceAnswer::Done, "2xx"),
            ],
        }
    }

    /// A cart that is made, and then bought by the number in the first reply.
    fn visit() -> ServiceVisit {
        let mut known = BTreeSet::from(["buyer".to_owned(), "checkout_key".to_owned()]);
        let take = [("cart".to_owned(), "cart.id".to_owned())];
        let key = [("Idempotency-Key".to_owned(), "k-${checkout_key}".to_owned())];
        let body = json!({ "cart": "${cart}", "buyer": "${buyer}" });
        let first = StepDraft {
            request: "POST /carts?of=${buyer}",
            headers: &[],
            body: None,
            takes: &take,
        };
        let second = StepDraft {
            request: "POST /carts/${cart}/buy",
            headers: &key,
            body: Some(&body),
            takes: &[],
        };
        let steps = [first, second];
        let read = |draft| ServiceStep::read(draft, rules(), &mut known).expect("a step");
        let flow = ServiceFlow {
            before: Vec::new(),
            steps: steps.into_iter().map(read).collect(),
        };
        let values = [("buyer", json!(3)), ("checkout_key", json!(99))];
        let values = values.map(|(name, value)| (name.to_owned(), value)).into();
        ServiceVisit::begin(Arc::new(flow), values)
    }

    fn reply(status: u16, body: &str) -> ServiceReply {
        ServiceReply {
            status,
            body: body.into(),
        }
    }

    #[test]
    fn values_of_a_reply_stand_in_the_next_request() {
        let mut visit = visit();
        let first = visit.request().expect("a request").expect("the first");
        assert_eq!(first.path, "/carts?of=3");
        assert_eq!(first.body, b"");
        assert_eq!(visit.take_in(&reply(201, r#"{"cart": {"id": 12}}"#)), None);
        let second = visit.request().expect("a request").expect("the second");
        assert_eq!(second.path, "/carts/12/buy");
        assert_eq!(second.body, br#"{"buyer":3,"cart":12}"#);
        let headers = [
            ("idempotency-key", "k-99"),
            ("content-type", "application/json"),
        ];
        assert_eq!(second.headers, headers.map(|(n, v)| (n.into(), v.into())));
        // Asked again it is the same request, with the same key.
        assert_eq!(visit.take_in(&reply(503, "")), Some(VisitEnd::Again));
        assert_eq!(visit.request().expect("a request"), Some(second));
        assert_eq!(visit.take_in(&reply(200, "no JSON")), Some(VisitEnd::Done));
        assert_eq!(visit.request().expect("the end"), None);
    }

    #[test]
    fn what_is_not_understood_is_a_fault() {
        let failed = |reply: &ServiceReply| match visit().take_in(reply) {
            Some(VisitEnd::Failed(why)) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            failed(&reply(500, " <html>\n oh </html>")),
            "POST /carts answered 500: <html> oh </html>"
        );
        assert_eq!(failed(&reply(404, "")), "POST /carts answered 404");
        assert_eq!(
            failed(&reply(201, "{\"cart\":")),
            "POST /carts answered 201 with a body that is no JSON: {\"cart\":"
        );
        assert_eq!(
            failed(&reply(201, "{}")),
            "POST /carts answered 201 without cart.id, which ${cart} is taken from"
        );
        let long = failed(&reply(500, &"x".repeat(100_000)));
        assert!(long.len() < 300, "{}", long.len());
        assert_eq!(visit().take_in(&reply(409, "")), Some(VisitEnd::Refused));
    }

    /// A value with a line break would add a header.
    #[test]
    fn a_header_takes_no_control_character() {
        let known = BTreeSet::from(["buyer".to_owned()]);
        let headers = [("X-A".to_owned(), "${buyer}".to_owned())];
        let draft = StepDraft {
            request: "GET /",
            headers: &headers,
            body: None,
            takes: &[],
        };
        let step = ServiceStep::read(draft, rules(), &mut known.clone()).expect("a step");
        let values = [("buyer".to_owned(), json!("a\r\nX-B: c"))].into();
        assert!(step.outgoing(&values).is_err());
    }
}
