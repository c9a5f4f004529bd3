//! A service of the user's own, which buyers call over HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::text::{Micros, written};
use crate::subject::service::{
    JsonPath, ReplyRule, ReplyRules, ServiceAnswer, ServiceFlow, ServiceStep, StatusRange,
    StepDraft, TextTemplate, WrongStep,
};

/// What every request of a buyer can name.
const OF_BUYER: [&str; 5] = ["buyer", "checkout_key", "product", "units", "variant"];
/// What a request before the buyers can name.
const BEFORE: [&str; 3] = ["product", "stock", "variant"];
/// What a variable of the command can name.
pub const OF_COMMAND: [&str; 9] = [
    "database_url",
    "db",
    "host",
    "listen",
    "password",
    "port",
    "role",
    "sim",
    "variant",
];
/// Variables that the command is given anyway.
const GIVEN: [&str; 2] = ["DATABASE_URL", "PORT"];

const READY_WITHIN: Duration = Duration::from_secs(30);
const TIMEOUT: Duration = Duration::from_secs(10);

/// A service that sim starts, and what buyers send to it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Service {
    /// A command of the shell that starts it. It finds the port that it must listen on in PORT, and
    /// its database in DATABASE_URL, PGHOST and the like.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub command: String,
    /// Further variables of the command: ${variant}, ${listen} (its port), ${database_url}, and of
    /// the database ${host}, ${port}, ${db}, ${role}, ${password}; ${sim} is the path of sim itself.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// The path that is asked until it answers with a status below 500: "/".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe: Option<String>,
    /// How long that may take: "30s".
    #[serde(with = "written", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub ready_within: Option<Micros>,
    /// How long a reply may take: "10s". One that does not come leaves its buyer in doubt.
    #[serde(with = "written", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub timeout: Option<Micros>,
    /// A SELECT that answers a row where a buyer in doubt has its order: ${buyer} and
    /// ${checkout_key} are numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub look_up: Option<String>,
    /// How statements begin that the program sends for no request, on a timer: they are let through
    /// when it is explored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub background: Vec<String>,
    /// Requests that are sent once, before any buyer comes; one that names ${product} once for each
    /// product.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Request>,
    /// Requests of each buyer, one after the other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Request>,
    /// Instead of steps: what different buyers do, by name, such as checkout and cancel. sessions in
    /// \[explore\] says which of them meet.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub operations: BTreeMap<String, Vec<Request>>,
}

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

/// A service that can be started and called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePlan {
    /// What `sh` carries out.
    pub command: String,
    /// Variables of the command.
    pub env: Vec<(String, TextTemplate)>,
    /// The path that is asked until it answers.
    pub probe: String,
    /// How long that may take.
    pub ready_within: Duration,
    /// How long a reply may take.
    pub timeout: Duration,
    /// How statements begin that are of no request.
    pub background: Vec<Arc<str>>,
    /// The SELECT that looks a buyer up.
    pub look_up: Option<TextTemplate>,
    /// Each thing that a buyer may do, by name, with its requests; at least one.
    pub operations: Vec<ServiceOperation>,
}

impl ServicePlan {
    /// What a buyer may do there, by name.
    #[must_use]
    pub fn names(&self) -> Vec<Arc<str>> {
        let operations = self.operations.iter();
        operations.map(|(name, _)| Arc::clone(name)).collect()
    }
}

/// Something that a buyer does: its name, and its requests.
pub type ServiceOperation = (Arc<str>, Arc<ServiceFlow>);

/// What is wrong with the table, by the keys that lead there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongService {
    /// The list of requests and the number in it, where it is of a request.
    pub request: Option<(&'static str, usize)>,
    /// The key.
    pub key: &'static str,
    /// A sentence.
    pub problem: String,
}

impl Service {
    /// Checks everything in it.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn plan(&self) -> Result<ServicePlan, WrongService> {
        let wrong = |key| {
            move |problem| WrongService {
                request: None,
                key,
                problem,
            }
        };
        if self.command.trim().is_empty() {
            let problem = "a service needs a command that starts it".into();
            return Err(wrong("command")(problem));
        }
        if self.background.iter().any(|text| text.trim().is_empty()) {
            let problem = "an empty text would be the beginning of every statement".into();
            return Err(wrong("background")(problem));
        }
        match (self.steps.is_empty(), self.operations.is_empty()) {
            (true, true) => {
                let problem = "a service needs [[service.steps]]: what a buyer sends to it".into();
                return Err(wrong("steps")(problem));
            }
            (false, false) => {
                let problem = "a service has steps, or operations by name: leave one out".into();
                return Err(wrong("operations")(problem));
            }
            _ => {}
        }
        let operations = self.all_operations()?;
        let env = self.env.iter().map(|(name, text)| {
            variable(name)?;
            Ok((name.clone(), template(text, &OF_COMMAND)?))
        });
        let look_up = self.look_up.as_ref();
        let look_up = look_up.map(|sql| template(sql, &["buyer", "checkout_key"]));
        let probe = self.probe.clone().unwrap_or_else(|| "/".into());
        if !probe.starts_with('/') || !probe.chars().all(|c| c.is_ascii_graphic()) {
            let problem = format!("{probe:?} is no path: it begins with /, as in /health");
            return Err(wrong("probe")(problem));
        }
        let or = |set: Option<Micros>, usual: Duration| {
            set.map_or(usual, |set| Duration::from_micros(set.0))
        };
        Ok(ServicePlan {
            command: self.command.clone(),
            env: env.collect::<Result<_, _>>().map_err(wrong("env"))?,
            probe,
            ready_within: or(self.ready_within, READY_WITHIN),
            timeout: or(self.timeout, TIMEOUT),
            background: self
                .background
                .iter()
                .map(|text| text.trim().into())
                .collect(),
            look_up: look_up.transpose().map_err(wrong("look-up"))?,
            operations,
        })
    }

    fn all_operations(&self) -> Result<Vec<ServiceOperation>, WrongService> {
        let mut known: BTreeSet<String> = BEFORE.map(str::to_owned).into();
        let before = read_all("before", &self.before, &mut known)?;
        // What was taken before the buyers came is there for each of them.
        known.remove("stock");
        known.extend(OF_BUYER.map(str::to_owned));
        let read = |list, requests: &[Request]| {
            let steps = read_all(list, requests, &mut known.clone())?;
            let before = before.clone();
            Ok(ServiceFlow { before, steps })
        };
        if self.operations.is_empty() {
            let flow = read("steps", &self.steps)?;
            let name = flow.steps.last().map_or("", |step| &step.shown);
            return Ok(vec![(name.into(), Arc::new(flow))]);
        }
        let operation = |(name, requests): (&String, &Vec<Request>)| {
            if !is_operation(name) || requests.is_empty() {
                let problem = format!(
                    "{name:?} is no operation: its name is made of letters, digits, - and _, and it \
                     has at least one request"
                );
                return Err(WrongService {
                    request: None,
                    key: "operations",
                    problem,
                });
            }
            let flow = read("operations", requests)?;
            Ok((Arc::from(name.as_str()), Arc::new(flow)))
        };
        self.operations.iter().map(operation).collect()
    }
}

fn is_operation(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    !name.is_empty() && name.chars().all(is_plain)
}

fn read_all(
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

fn template(text: &str, known: &[&str]) -> Result<TextTemplate, String> {
    let template = TextTemplate::parse(text)?;
    let unknown = template.names().find(|name| !known.contains(name));
    match unknown {
        None => Ok(template),
        Some(name) => {
            let known: Vec<String> = known.iter().map(|name| format!("${{{name}}}")).collect();
            Err(format!(
                "${{{name}}} has no value here; there are {}",
                known.join(", ")
            ))
        }
    }
}

fn variable(name: &str) -> Result<(), String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(format!("{name:?} is no name of a variable"));
    }
    match GIVEN.contains(&name) {
        true => Err(format!("{name} is given by sim itself: leave it out")),
        false => Ok(()),
    }
}
