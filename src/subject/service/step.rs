//! One request, checked and ready to be filled.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::json_path::JsonPath;
use super::rule::ReplyRules;
use super::template::{JsonTemplate, TextTemplate, is_name};

/// The methods that a request may have, each with whether it asks and changes nothing.
const METHODS: [(&str, bool); 6] = [
    ("GET", true),
    ("HEAD", true),
    ("POST", false),
    ("PUT", false),
    ("PATCH", false),
    ("DELETE", false),
];

/// Headers that the connection needs to say itself.
const OWN_HEADERS: [&str; 5] = [
    "connection",
    "content-length",
    "host",
    "te",
    "transfer-encoding",
];

const FORM: &str = "application/x-www-form-urlencoded";

/// A request as a file writes it.
#[derive(Debug, Clone, Copy)]
pub struct StepDraft<'d> {
    /// Method and path, such as `POST /order/checkout`.
    pub request: &'d str,
    /// Headers by name.
    pub headers: &'d [(String, String)],
    /// A text as it is sent, or a value that is sent as JSON.
    pub body: Option<&'d Json>,
    /// Names for values of the reply, each with where it stands.
    pub takes: &'d [(String, String)],
}

/// What is wrong with a request, by the key that says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongStep {
    /// `request`, `headers`, `body` or `take`.
    pub key: &'static str,
    /// A sentence.
    pub problem: String,
}

/// A request that can be filled and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceStep {
    /// Method and path as the file writes them, without a query: for messages.
    pub shown: String,
    pub(super) method: &'static str,
    /// Whether it asks, and changes nothing.
    pub(super) is_safe: bool,
    pub(super) path: TextTemplate,
    pub(super) headers: Vec<(String, TextTemplate)>,
    pub(super) body: Option<StepBody>,
    pub(super) takes: Vec<(String, JsonPath)>,
    pub(super) rules: ReplyRules,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StepBody {
    Json(JsonTemplate),
    Text(TextTemplate),
    /// Its values are escaped.
    Form(TextTemplate),
}

/// What is sent to a service: once before any buyer comes, and by each buyer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceFlow {
    /// Before any buyer comes.
    pub before: Vec<ServiceStep>,
    /// By each buyer, one after the other.
    pub steps: Vec<ServiceStep>,
}

impl ServiceStep {
    /// Whether a value of this name is taken from its answer.
    #[must_use]
    pub fn is_taken(&self, name: &str) -> bool {
        self.takes.iter().any(|(taken, _)| taken == name)
    }

    /// Checks a request. `known` are the names that have a value by then; those that it takes are
    /// added.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(
        draft: StepDraft<'_>,
        rules: ReplyRules,
        known: &mut BTreeSet<String>,
    ) -> Result<Self, WrongStep> {
        let wrong = |key| move |problem| WrongStep { key, problem };
        let (method, path) = request(draft.request).map_err(wrong("request"))?;
        let read = TextTemplate::parse(path).map_err(wrong("request"))?;
        are_known(read.names(), known).map_err(wrong("request"))?;
        let headers = draft.headers.iter().map(|(name, text)| {
            let template = header(name, text)?;
            are_known(template.names(), known)?;
            Ok((name.to_ascii_lowercase(), template))
        });
        let headers: Vec<_> = headers
            .collect::<Result<_, String>>()
            .map_err(wrong("headers"))?;
        let body = draft
            .body
            .map(|body| self::body(body, draft.headers, known));
        let body = body.transpose().map_err(wrong("body"))?;
        let mut takes = Vec::new();
        for (name, path) in draft.takes {
            let path = taken(name, path, known).map_err(wrong("take"))?;
            takes.push((name.clone(), path));
        }
        known.extend(takes.iter().map(|(name, _)| name.clone()));
        let plain = path.split_once('?').map_or(path, |(plain, _)| plain);
        let (method, is_safe) = method;
        Ok(Self {
            shown: format!("{method} {plain}"),
            method,
            is_safe,
            path: read,
            headers,
            body,
            takes,
            rules,
        })
    }

    /// Whether its body must be read as JSON.
    pub(super) fn reads_json(&self) -> bool {
        !self.takes.is_empty() || self.rules.read_body()
    }

    /// The names that stand in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let of_headers = self.headers.iter().flat_map(|(_, value)| value.names());
        let of_body = self.body.iter().flat_map(|body| match body {
            StepBody::Json(json) => json.names(),
            StepBody::Text(text) | StepBody::Form(text) => text.names().collect(),
        });
        self.path.names().chain(of_headers).chain(of_body)
    }
}

fn request(text: &str) -> Result<((&'static str, bool), &str), String> {
    let wrong = |why: &str| format!("{text:?}: {why}; write one such as \"POST /order/checkout\"");
    let (method, path) = text.split_once(' ').unwrap_or((text, ""));
    let known = METHODS.into_iter().find(|(name, _)| *name == method);
    let known = known.ok_or_else(|| {
        let names = METHODS.map(|(name, _)| name).join(", ");
        wrong(&format!("the method is none of {names}"))
    })?;
    if !path.starts_with('/') {
        return Err(wrong("the path does not begin with /"));
    }
    let stands_in_path = |c: char| c.is_ascii_graphic() && c != '#';
    match path.chars().find(|&c| !stands_in_path(c)) {
        Some(c) => Err(wrong(&format!(
            "the path holds {c:?}, which is written with % and its code"
        ))),
        None => Ok((known, path)),
    }
}

fn header(name: &str, text: &str) -> Result<TextTemplate, String> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(is_token) {
        return Err(format!("{name:?} is no name of a header"));
    }
    if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(format!("{name} is said by sim itself: leave it out"));
    }
    if text.chars().any(char::is_control) {
        return Err(format!("{name}: its value holds a control character"));
    }
    TextTemplate::parse(text)
}

fn body(
    body: &Json,
    headers: &[(String, String)],
    known: &BTreeSet<String>,
) -> Result<StepBody, String> {
    let Json::String(text) = body else {
        let template = JsonTemplate::parse(body)?;
        are_known(template.names().into_iter(), known)?;
        return Ok(StepBody::Json(template));
    };
    let kind = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let Some((_, kind)) = kind else {
        return Err(
            "a body that is a text needs a header Content-Type; a table is sent as JSON".into(),
        );
    };
    let template = TextTemplate::parse(text)?;
    are_known(template.names(), known)?;
    Ok(match kind.starts_with(FORM) {
        true => StepBody::Form(template),
        false => StepBody::Text(template),
    })
}

fn taken(name: &str, path: &str, known: &BTreeSet<String>) -> Result<JsonPath, String> {
    if !is_name(name) {
        return Err(format!(
            "{name:?} is no name: letters, digits and _, and no digit first"
        ));
    }
    if known.contains(name) {
        return Err(format!("{name} has a value already: give it another name"));
    }
    JsonPath::parse(path)
}

fn are_known<'n>(
    names: impl Iterator<Item = &'n str>,
    known: &BTreeSet<String>,
) -> Result<(), String> {
    for name in names {
        if !known.contains(name) {
            let all: Vec<String> = known.iter().map(|name| format!("${{{name}}}")).collect();
            return Err(format!(
                "${{{name}}} has no value here; there are {}",
                all.join(", ")
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        pairs.iter().map(owned).collect()
    }

    fn read(
        request: &str,
        headers: &[(&str, &str)],
        body: Option<Json>,
        takes: &[(&str, &str)],
    ) -> Result<ServiceStep, WrongStep> {
        let (headers, takes) = (pairs(headers), pairs(takes));
        let draft = StepDraft {
            request,
            headers: &headers,
            body: body.as_ref(),
            takes: &takes,
        };
        let mut known = BTreeSet::from(["buyer".to_owned(), "product".to_owned()]);
        ServiceStep::read(draft, ReplyRules::default(), &mut known)
    }

    /// Each wrong thing is told by its key, before anything is sent.
    #[test]
    fn what_cannot_be_sent_is_refused_by_its_key() {
        let wrong: [(&str, Result<ServiceStep, WrongStep>); 18] = [
            ("request", read("checkout", &[], None, &[])),
            ("request", read("post /x", &[], None, &[])),
            ("request", read("POST x", &[], None, &[])),
            ("request", read("POST http://host/x", &[], None, &[])),
            ("request", read("GET /a b", &[], None, &[])),
            ("request", read("GET /a#b", &[], None, &[])),
            ("request", read("GET /\u{e4}", &[], None, &[])),
            ("request", read("GET /${nothing}", &[], None, &[])),
            ("headers", read("GET /", &[("a b", "x")], None, &[])),
            ("headers", read("GET /", &[("Host", "x")], None, &[])),
            ("headers", read("GET /", &[("x", "a\r\nb: c")], None, &[])),
            ("headers", read("GET /", &[("x", "${nothing}")], None, &[])),
            ("body", read("POST /", &[], Some(json!("a=b")), &[])),
            (
                "body",
                read("POST /", &[], Some(json!({ "a": "${nothing}" })), &[]),
            ),
            ("body", read("POST /", &[], Some(json!([["${a"]])), &[])),
            ("take", read("GET /", &[], None, &[("a-b", "id")])),
            ("take", read("GET /", &[], None, &[("buyer", "id")])),
            ("take", read("GET /", &[], None, &[("id", "a..b")])),
        ];
        for (nth, (key, read)) in wrong.into_iter().enumerate() {
            assert_eq!(read.expect_err("a refusal").key, key, "number {nth}");
        }
    }

    #[test]
    fn what_can_be_sent_is_taken() {
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        for taken in [
            read(
                "GET /x/${product}?q=${buyer}",
                &[("X-Key", "k ${buyer}")],
                None,
                &[("id", "$.id")],
            ),
            read("POST /", &form, Some(json!("a=${buyer}")), &[]),
            read(
                "PATCH /",
                &[],
                Some(json!({ "a": ["${buyer}", 1, null] })),
                &[],
            ),
        ] {
            taken.expect("a step");
        }
        let step = read("GET /x?secret=1", &[], None, &[]).expect("a step");
        assert_eq!(
            step.shown, "GET /x",
            "a query may hold what is not to be shown"
        );
    }
}
