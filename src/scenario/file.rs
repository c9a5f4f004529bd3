//! What a scenario file says.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::expect::Verdicts;
use super::named::{ByName, SomeOrAll, by_name};
use super::service::Service;
use super::settings::{Explore, Load, ServiceFaults, Settings, Shop};
use super::tables::Tables;
use super::threshold::Threshold;
use crate::cell::Subject;
use crate::shop::Isolation;

/// The format of scenario files that this version reads.
pub const FILE_FORMAT: u32 = 1;

/// A shop, its buyers, how they are served, and what to expect.
// By default it says nothing and names no strategy: so it stands for a file where
// none is given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("anyOf" = [{ "required": ["strategies"] }, { "required": ["service"] }]))]
pub struct ScenarioFile {
    /// The format of the file; 1 where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<u32>,
    /// What it is called, in a few words.
    pub title: String,
    /// What happens in it, in a sentence or two.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Where it was seen: bug reports, studies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen_in: Vec<String>,
    /// Ways to write the checkout: a list of names, or "all". Of a service its variants, such as
    /// ["service:naive", "service:fixed"]; it may be left out there.
    #[serde(default)]
    pub strategies: SomeOrAll<Subject>,
    /// Isolation levels: a list of names, or "all".
    #[serde(default)]
    pub isolation: SomeOrAll<Isolation>,
    /// The strategy that the others are compared with, at the first level: the
    /// first that is expected to be safe at every level.
    #[serde(
        default,
        deserialize_with = "by_name",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<ByName<Subject>>")]
    pub reference: Option<Subject>,
    /// Bounds that every cell must keep which is expected to be safe, such as
    /// "p(99)<50ms"; or those of one strategy: "naive: sold==500".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<Threshold>,
    /// What the shop has, and what a cart wants.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shop: Shop,
    /// How buyers come and are served, and with what patience.
    #[serde(default, skip_serializing_if = "is_default")]
    pub load: Load,
    /// Faults between a service and its database, while many buyers come.
    #[serde(default, skip_serializing_if = "is_default")]
    pub faults: ServiceFaults,
    /// The small shop that is explored. By default two buyers with carts of
    /// this shape, and stock for one of them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub explore: Explore,
    /// Tables of your own, on which scripts run instead of the shop.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tables: Tables,
    /// A service of your own, which buyers call over HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// Of tables of your own: queries that must answer no row, by name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub invariants: BTreeMap<String, String>,
    /// The verdicts to expect.
    #[serde(default, skip_serializing_if = "is_default")]
    pub expect: Expect,
}

/// The verdicts to expect; what `sim list` says where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Expect {
    /// Of many buyers at full speed.
    #[serde(skip_serializing_if = "is_default")]
    pub load: Verdicts,
    /// Of the small shop, explored.
    #[serde(skip_serializing_if = "is_default")]
    pub explore: Verdicts,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl ScenarioFile {
    /// The JSON Schema of these files.
    ///
    /// # Panics
    /// Never: a schema is plain data.
    #[must_use]
    pub fn schema() -> String {
        let schema = schemars::schema_for!(Self);
        let mut text = serde_json::to_string_pretty(&schema).expect("plain data serialises");
        text.push('\n');
        text
    }

    /// Whether what it names runs on tables of the user's own: a set-up makes them, or a service
    /// may.
    #[must_use]
    pub fn has_own_tables(&self) -> bool {
        let Tables {
            setup,
            setup_command,
            ..
        } = &self.tables;
        !setup.is_empty() || setup_command.is_some() || self.service.is_some()
    }

    /// What it says of the shop, its buyers and the small shop.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings {
            shop: self.shop.clone(),
            load: self.load.clone(),
            faults: self.faults.clone(),
            explore: self.explore.clone(),
        }
    }
}
