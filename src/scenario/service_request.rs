//! What buyers send to a service of the user's own, and what its replies mean.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::service_plan::WrongService;
use crate::subject::service::{
    JsonPath, ReplyRule, ReplyRules, ServiceAnswer, ServiceStep, StatusRange, StepDraft, WrongStep,
};

/// A request, and what its replies mean: the first rule that holds of refused, again, failed and
/// done; a reply of which none speaks has failed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Request {
    /// Method and path, such as "POST /order/checkout". ${name} stands for a value.
    pub request: String,
    /// Headers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// A table that is sent as JSON, in which a text that is only ${name} is the value itself; or a
    /// text, as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Json>,
    /// Names for values of the reply, each with where it stands, such as order.id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub take: BTreeMap<String, String>,
    /// What counts as done: ["2xx"].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<Counts>,
    /// What counts as refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Counts>,
    /// What counts as a lost race, after which the request is made once more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<Counts>,
    /// What counts as a fault whatever done says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<Counts>,
}

/// A reply that counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a status such as 409, a class such as \"2xx\", or a table such as { status = 409, path = \"type\", is = \"sold-out\" }"
)]
pub enum Counts {
    /// By its status.
    Status(u16),
    /// By the class of its status, such as "2xx".
    Class(String),
    /// By a value in its body, and its status.
    #[serde(rename_all = "kebab-case")]
    Value(CountsByValue),
}

/// A reply that counts by a value in its body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CountsByValue {
    /// Its status, if that matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Where the value stands, such as error.code.
    pub path: String,
    /// The value.
    pub is: Json,
}

/// Every request of a list, each with what those before it have taken.
pub(super) fn read_all(
    list: &'static str,
    requests: &[Request],
    known: &mut BTreeSet<String>,
) -> Result<Vec<ServiceStep>, WrongService> {
    let mut steps = Vec::new();
    for (at, request) in requests.iter().enumerate() {
        let step = request.read(known);
        let step = step.map_err(|WrongStep { key, problem }| WrongService {
            request: Some((list, at)),
            key,
            problem,
        });
        steps.push(step?);
    }
    Ok(steps)
}

impl Request {
    fn read(&self, known: &mut BTreeSet<String>) -> Result<ServiceStep, WrongStep> {
        let pairs = |map: &BTreeMap<String, String>| -> Vec<(String, String)> {
            map.clone().into_iter().collect()
        };
        let (headers, takes) = (pairs(&self.headers), pairs(&self.take));
        let draft = StepDraft {
            request: &self.request,
            headers: &headers,
            body: self.body.as_ref(),
            takes: &takes,
        };
        ServiceStep::read(draft, self.rules()?, known)
    }

    fn rules(&self) -> Result<ReplyRules, WrongStep> {
        let usual = [Counts::Class("2xx".into())];
        let done = match self.done.as_slice() {
            [] => &usual,
            said => said,
        };
        let all: [(&'static str, ServiceAnswer, &[Counts]); 4] = [
            ("refused", ServiceAnswer::Refused, &self.refused),
            ("again", ServiceAnswer::Again, &self.again),
            ("failed", ServiceAnswer::Failed, &self.failed),
            ("done", ServiceAnswer::Done, done),
        ];
        let mut rules = Vec::new();
        for (key, answer, counts) in all {
            for one in counts {
                let rule = one.rule().map_err(|problem| WrongStep { key, problem })?;
                rules.push((answer, rule));
            }
        }
        Ok(ReplyRules { rules })
    }
}

impl Counts {
    fn rule(&self) -> Result<ReplyRule, String> {
        let status = |status: u16| StatusRange::parse(&status.to_string());
        Ok(match self {
            Self::Status(code) => ReplyRule {
                status: Some(status(*code)?),
                value: None,
            },
            Self::Class(class) => ReplyRule {
                status: Some(StatusRange::parse(class)?),
                value: None,
            },
            Self::Value(by) => ReplyRule {
                status: by.status.map(status).transpose()?,
                value: Some((JsonPath::parse(&by.path)?, by.is.clone())),
            },
        })
    }
}
