//! Tables of the user's own, on which scripts run instead of the shop.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::masked::{masked, serialize_masked};
use super::service_plan::ServicePlan;
use crate::oracle::Invariant;

/// Where tables of the user's own come from, and what scripts on them are given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Tables {
    /// Files of SQL that make them, in this order, such as an unchanged pg_dump.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub setup: Vec<String>,
    /// A command that makes them: it finds the database in DATABASE_URL, PGHOST and the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setup_command: Option<String>,
    /// Variables that every script is given, besides :buyer and :checkout_key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub define: BTreeMap<String, Defined>,
    /// SQLSTATEs that may reach a caller.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// Variables whose values a script shows its caller: they are compared as well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub show: Vec<String>,
    /// Tables, and columns as "table.column", that are not compared with serial orders.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// Columns, as "table.column", of which the rank is compared and not the value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ordered: Vec<String>,
}

/// The value of a variable, as a file writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Defined {
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Double(f64),
    /// Text.
    Text(String),
}

impl fmt::Display for Defined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Double(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
        }
    }
}

/// Tables of the user's own, with all that a run on them needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OwnTables {
    /// How they come to be.
    pub set_up: SetUp,
    /// Queries that must answer no row.
    pub invariants: Vec<Invariant>,
    /// Variables that every script is given, each with its value as text.
    pub define: Vec<(String, String)>,
    /// SQLSTATEs that may reach a caller.
    pub allow: Vec<String>,
    /// How often sessions are released at the same time where two of them take several rows of
    /// a table with one statement each.
    #[serde(default)]
    pub races: u32,
    /// Variables whose values a script shows its caller.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub show: Vec<String>,
    /// Tables and columns that are not compared with serial orders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// Columns of which the rank is compared and not the value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ordered: Vec<String>,
    /// Of a service: the operations that meet, by name, where that is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<String>,
    /// The service that runs on them, where one does; results do not hold it.
    #[serde(skip)]
    pub service: Option<ServicePlan>,
    /// Where the service is, if it runs already: nothing of it is put back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visited: Option<VisitedPlace>,
    /// The scenario file that says so, as the caller named it; `None` where flags did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
}

/// A service that runs already, for pages: never a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VisitedPlace {
    /// Where it is called.
    pub url: String,
    /// Host, port and name of its database.
    pub database: String,
}

impl OwnTables {
    /// Tables of which nothing is stated but how they are made.
    #[must_use]
    pub const fn bare(set_up: SetUp) -> Self {
        Self {
            set_up,
            invariants: Vec::new(),
            define: Vec::new(),
            allow: Vec::new(),
            races: 0,
            show: Vec::new(),
            ignore: Vec::new(),
            ordered: Vec::new(),
            sessions: Vec::new(),
            service: None,
            visited: None,
            scenario: None,
        }
    }
}

/// How often sessions are released at the same time where nothing is said of it.
pub const RACES: u32 = 200;

/// How tables of the user's own come to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SetUp {
    /// These files of SQL, one after the other.
    Files(Vec<SetUpFile>),
    /// This command of the shell.
    Command(#[serde(serialize_with = "serialize_masked")] String),
}

/// A file of SQL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetUpFile {
    /// Where it was read.
    pub name: String,
    /// What it says; results do not hold it.
    #[serde(skip)]
    pub text: Arc<str>,
}

impl SetUp {
    /// What it is, in a few words: the files by name, or the command without its secrets.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Command(command) => masked(command),
            Self::Files(files) => {
                let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
                names.join(", ")
            }
        }
    }
}

impl OwnTables {
    /// Whether a service runs on them, and not scripts.
    #[must_use]
    pub const fn has_service(&self) -> bool {
        self.service.is_some()
    }

    /// What makes the tables, in a few words; of a service that runs already, where it is. Empty
    /// where a service makes them itself.
    #[must_use]
    pub fn set_up_in_words(&self) -> String {
        match &self.visited {
            None => self.set_up.in_words(),
            Some(VisitedPlace { url, database }) => {
                format!("none: {url} runs already, on {database}")
            }
        }
    }

    /// Of a service: what a buyer may do there, by name.
    #[must_use]
    pub fn operations(&self) -> Vec<Arc<str>> {
        let plan = self.service.as_ref();
        plan.map(ServicePlan::names).unwrap_or_default()
    }

    /// The flags that name these tables again, each behind a blank.
    #[must_use]
    pub fn as_flags(&self) -> String {
        if let Some(scenario) = &self.scenario {
            return format!(" --scenario {}", quoted(scenario));
        }
        let set_up = match &self.set_up {
            SetUp::Command(command) => format!(" --setup-command {}", quoted(&masked(command))),
            SetUp::Files(files) => {
                let files = files.iter();
                files
                    .map(|file| format!(" --setup {}", quoted(&file.name)))
                    .collect()
            }
        };
        let invariants = self.invariants.iter();
        let invariants = invariants.map(|one| {
            format!(
                " --invariant {}",
                quoted(&format!("{}={}", one.name, one.sql))
            )
        });
        let defined = self.define.iter();
        let defined =
            defined.map(|(name, value)| format!(" -D {}", quoted(&format!("{name}={value}"))));
        let allowed = self.allow.iter().map(|code| format!(" --allow {code}"));
        let compared = [
            ("show", &self.show),
            ("ignore", &self.ignore),
            ("ordered", &self.ordered),
        ];
        let compared = compared.into_iter().flat_map(|(flag, names)| {
            let names = names.iter();
            names.map(move |name| format!(" --{flag} {}", quoted(name)))
        });
        let flags = invariants.chain(defined).chain(allowed).chain(compared);
        let flags: String = flags.collect();
        set_up + &flags
    }
}

/// As a shell reads it as one word.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./+=:,".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.into(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}
