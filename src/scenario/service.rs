//! A service of the user's own, which buyers call over HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::masked::serialize_masked;
use super::service_plan::{
    FoundSource, ServiceOperation, ServicePlan, ServiceSource, StartedSource, WrongService,
};
use super::service_request::{Request, read_all};
use super::text::{Micros, written};
use crate::subject::service::{ServiceFlow, TextTemplate};

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

/// A service that sim starts, or that runs already, and what buyers send to it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Service {
    /// A command of the shell that starts it. It finds the port that it must listen on in PORT, and
    /// its database in DATABASE_URL, PGHOST and the like.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub command: String,
    /// Instead of command: where the service runs already, such as "http://127.0.0.1:8080/api". sim
    /// makes and changes nothing in its database, and so nothing is put back.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Beside url: its database, which is only read: "postgres://user@host/name". Where it is left
    /// out, --database-url or SIM_DATABASE_URL names it; a password belongs there.
    #[serde(
        skip_serializing_if = "String::is_empty",
        serialize_with = "serialize_masked"
    )]
    pub database: String,
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
        let source = self
            .source()
            .map_err(|(key, problem)| wrong(key)(problem))?;
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
        let look_up = self.look_up.as_ref();
        let look_up = look_up.map(|sql| template(sql, &["buyer", "checkout_key"]));
        let probe = self.probe.clone().unwrap_or_else(|| "/".into());
        if !probe.starts_with('/') || !probe.chars().all(|c| c.is_ascii_graphic()) {
            let problem = format!("{probe:?} is no path: it begins with /, as in /health");
            return Err(wrong("probe")(problem));
        }
        Ok(ServicePlan {
            source,
            probe,
            timeout: or(self.timeout, TIMEOUT),
            look_up: look_up.transpose().map_err(wrong("look-up"))?,
            operations,
        })
    }

    /// Where it comes from; the error is a key and a sentence.
    fn source(&self) -> Result<ServiceSource, (&'static str, String)> {
        let is_started = !self.command.trim().is_empty();
        if self.url.is_empty() {
            if !self.database.is_empty() {
                let problem = "database belongs to url: a service that sim starts is given a \
                               database of the run's own";
                return Err(("database", problem.into()));
            }
            if !is_started {
                let problem = "a service needs a command that starts it, or the url of one that \
                               runs already";
                return Err(("command", problem.into()));
            }
            return self.started().map(ServiceSource::Started);
        }
        let said = [
            (is_started, "command"),
            (!self.env.is_empty(), "env"),
            (self.ready_within.is_some(), "ready-within"),
            (!self.background.is_empty(), "background"),
        ];
        match said.into_iter().find(|(is_said, _)| *is_said) {
            Some((_, "command")) => Err((
                "command",
                "a service is started by its command, or runs already at its url: leave one out"
                    .into(),
            )),
            Some((_, key)) => Err((
                key,
                format!(
                    "{key} speaks of a service that sim starts, and the one at url runs already"
                ),
            )),
            None => Ok(ServiceSource::Found(FoundSource {
                url: self.url.clone(),
                database: Some(self.database.clone()).filter(|url| !url.is_empty()),
            })),
        }
    }

    fn started(&self) -> Result<StartedSource, (&'static str, String)> {
        if self.background.iter().any(|text| text.trim().is_empty()) {
            let problem = "an empty text would be the beginning of every statement";
            return Err(("background", problem.into()));
        }
        let env = self.env.iter().map(|(name, text)| {
            variable(name)?;
            Ok((name.clone(), template(text, &OF_COMMAND)?))
        });
        let env: Result<_, String> = env.collect();
        let background = self.background.iter();
        Ok(StartedSource {
            command: self.command.clone(),
            env: env.map_err(|problem| ("env", problem))?,
            ready_within: or(self.ready_within, READY_WITHIN),
            background: background.map(|text| text.trim().into()).collect(),
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

fn or(set: Option<Micros>, usual: Duration) -> Duration {
    set.map_or(usual, |set| Duration::from_micros(set.0))
}

fn is_operation(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    !name.is_empty() && name.chars().all(is_plain)
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
