//! What many buyers at full speed came to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cell::Cell;
use crate::database::Fingerprint;
use crate::load::RunResult;
use crate::oracle::Verdict;
use crate::scenario::{OwnTables, Scenario};

/// Everything that one call of `sim run` found out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The version of `sim`.
    pub sim_version: String,
    /// When it began, in seconds since 1970.
    pub started_unix_s: u64,
    /// What was simulated.
    pub scenario: Scenario,
    /// Tables of the user's own, where the scripts ran on them: then nothing of the scenario
    /// counts that is said of the shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tables: Option<OwnTables>,
    /// Where; `None` before a server was reached.
    pub server: Option<Fingerprint>,
    /// Every cell of the plan, strategy x isolation, in the order asked for.
    pub cells: Vec<LoadCell>,
}

/// One cell under load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadCell {
    /// Which one.
    #[serde(flatten)]
    pub cell: Cell,
    /// The verdict that this cell must show; `None` where nothing was expected.
    pub expected: Option<Verdict>,
    /// Finished runs; fewer than planned after an early end, or none.
    pub runs: Vec<RunResult>,
}
