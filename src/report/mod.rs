//! What `sim` tells a person or a machine: one result type, one small file a
//! format.
//!
//! A [`Report`] carries the whole configuration and the server's fingerprint,
//! so that every format can be rendered again later without a database.

mod broken;
mod change;
mod comparison;
mod conclusion;
mod csv;
mod destination;
mod dossier;
mod explain;
mod exploration;
mod gate;
mod harmless;
mod html;
mod junit;
mod known;
mod markdown;
mod number;
mod spec;
mod statistics;
mod summary;
mod terminal;
mod undone;

use serde::{Deserialize, Serialize};

use crate::audit::Verdict;
use crate::database::postgres::Fingerprint;
use crate::driver::RunResult;
use crate::scenario::Scenario;
use crate::shop::Isolation;
use crate::strategy::Strategy;

pub use change::{Change, TOLERANCE, changes, differences, unmatched, welch};
pub use comparison::{Compared, compare, goodput_ratio, slower};
pub use conclusion::conclusion;
pub use csv::to_csv;
pub use destination::Destination;
pub use dossier::{Command, CutShort, Dossier, FORMAT, Results, Study, Unreadable, reference};
pub use exploration::{Exploration, ExploredCell, Ground, PlannedCell};
pub use gate::{Expectation, Of, Status, expectations};
pub use harmless::{harmless, in_harmless_words};
pub use html::to_html;
pub use junit::to_junit;
pub use markdown::to_markdown;
pub use spec::to_specs;
pub use statistics::{
    Interval, SIGNIFICANT, holm, mean_interval, p_of_zero_mean, share_interval, zero_events_bound,
};
pub use summary::Summary;
pub use terminal::{
    Replay, comparison_to_terminal, exploration_to_terminal, page_to_terminal, replay_to_terminal,
    results_to_terminal, to_terminal,
};
pub use undone::fault;

/// Everything that one call of `sim run` found out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The version of `sim`.
    pub sim_version: String,
    /// When it began, in seconds since 1970.
    pub started_unix_s: u64,
    /// What was simulated.
    pub scenario: Scenario,
    /// Where; `None` before a server was reached.
    pub server: Option<Fingerprint>,
    /// Every cell of the plan, strategy x isolation, in the order asked for.
    pub cells: Vec<Cell>,
}

/// One strategy at one isolation level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The strategy.
    pub strategy: Strategy,
    /// The isolation level of its transactions.
    pub isolation: Isolation,
    /// The verdict that this cell must show; `None` where nothing was expected.
    pub expected: Option<Verdict>,
    /// Finished runs; fewer than planned after an early end, or none.
    pub runs: Vec<RunResult>,
}

impl Report {
    /// Each cell, added up over its runs.
    #[must_use]
    pub fn summaries(&self) -> Vec<Summary<'_>> {
        self.cells
            .iter()
            .map(|cell| Summary::of(cell, self.scenario.runs))
            .collect()
    }
}

/// Plain data as JSON, for people to look into as well.
fn json(data: &impl Serialize) -> String {
    let mut json = serde_json::to_string_pretty(data).expect("plain data serialises");
    json.push('\n');
    json
}
