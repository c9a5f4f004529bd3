//! A service of the user's own, of which everything is checked.

use std::sync::Arc;
use std::time::Duration;

use crate::subject::service::{ServiceFlow, TextTemplate};

/// A service that can be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePlan {
    /// Where it comes from.
    pub source: ServiceSource,
    /// The path that is asked until it answers.
    pub probe: String,
    /// How long a reply may take.
    pub timeout: Duration,
    /// The SELECT that looks a buyer up.
    pub look_up: Option<TextTemplate>,
    /// Each thing that a buyer may do, by name, with its requests; at least one.
    pub operations: Vec<ServiceOperation>,
}

/// Where a service comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceSource {
    /// It is started for each run, on a copy of the tables.
    Started(StartedSource),
    /// It runs already, on a database of its own.
    Found(FoundSource),
}

/// How a service is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedSource {
    /// What `sh` carries out.
    pub command: String,
    /// Variables of the command.
    pub env: Vec<(String, TextTemplate)>,
    /// How long it may take until the probe is answered.
    pub ready_within: Duration,
    /// How statements begin that are of no request.
    pub background: Vec<Arc<str>>,
}

/// Where a service is that runs already.
#[derive(Clone, PartialEq, Eq)]
pub struct FoundSource {
    /// The address at which it is called.
    pub url: String,
    /// The address of its database, which may hold a password; `None` where the file names none.
    pub database: Option<String>,
}

impl std::fmt::Debug for FoundSource {
    /// Without the database, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.url)
    }
}

impl ServicePlan {
    /// What a buyer may do there, by name.
    #[must_use]
    pub fn names(&self) -> Vec<Arc<str>> {
        let operations = self.operations.iter();
        operations.map(|(name, _)| Arc::clone(name)).collect()
    }

    /// How it is started, where it is.
    #[must_use]
    pub const fn started(&self) -> Option<&StartedSource> {
        match &self.source {
            ServiceSource::Started(started) => Some(started),
            ServiceSource::Found(_) => None,
        }
    }

    /// Where it is, where it runs already.
    #[must_use]
    pub const fn found(&self) -> Option<&FoundSource> {
        match &self.source {
            ServiceSource::Started(_) => None,
            ServiceSource::Found(found) => Some(found),
        }
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
