//! What one call found out about one or more scenarios: all that any format is
//! rendered from, and what is read back later.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cell::{Cell, Subject};
use crate::database::Fingerprint;
use crate::oracle::Verdict;
use crate::report::dossier::exploration::{Exploration, ExploredCell};
use crate::report::dossier::load::{LoadCell, Report};
use crate::scenario::Threshold;
use crate::subject;

/// The version of the JSON form; raised when an older reader would misread it.
pub const FORMAT: u32 = 2;

/// What was found out about one or more scenarios.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dossier {
    /// [`FORMAT`] at the time of writing.
    pub format: u32,
    /// The version of `sim`.
    pub sim_version: String,
    /// When it began, in seconds since 1970.
    pub started_unix_s: u64,
    /// The command that it came of, which says how it is printed.
    pub command: Command,
    /// The command as it was called, with `URL` in place of the address of a database;
    /// `None` in older results.
    pub call: Option<String>,
    /// The processor, how many of them there were, the memory and the system; `None` in
    /// older results.
    pub machine: Option<String>,
    /// Why the work ended before all of it was done; `None` where all was, and
    /// while it goes on.
    pub cut_short: Option<CutShort>,
    /// The text of each script that is a strategy of a study.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scripts: BTreeMap<Subject, String>,
    /// Each scenario of the plan, in the order asked for; what has no results
    /// yet is there without them.
    pub studies: Vec<Study>,
}

/// A command that finds results out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// `sim run`.
    Run,
    /// `sim compare`.
    Compare,
    /// `sim check`.
    Check,
    /// `sim explore`.
    Explore,
}

/// Why the work ended before all of it was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CutShort {
    /// A signal asked for an end.
    Interrupted,
    /// The harness or the database failed, with the message.
    Failed(String),
}

/// One scenario: many buyers at full speed, and every schedule of a few.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Study {
    /// The file's name without directory and extension; empty where the
    /// scenario came from flags.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// What happens in it.
    pub about: String,
    /// Where it was seen.
    pub seen_in: Vec<String>,
    /// The cell that the others are compared with.
    pub reference: Option<Cell>,
    /// Bounds to keep.
    pub thresholds: Vec<Threshold>,
    /// What many buyers came to.
    pub load: Option<Report>,
    /// What every schedule of a few came to, with the small shop.
    pub exploration: Option<Exploration>,
}

/// Results to show, and older ones to hold them against.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// What to show.
    pub dossier: Dossier,
    /// What to hold it against, if anything.
    pub against: Option<Dossier>,
}

impl Dossier {
    /// The JSON form: configuration and results, enough to render any format
    /// later.
    ///
    /// # Panics
    /// Never: every key is a string and every number finite.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("plain data serialises");
        json.push('\n');
        json
    }

    /// The JSON Schema of the JSON form.
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

    /// The load of every study that has one, with or without runs.
    pub fn loads(&self) -> impl Iterator<Item = &Report> {
        self.studies.iter().filter_map(|study| study.load.as_ref())
    }

    /// The server of the first study that has one.
    #[must_use]
    pub fn server(&self) -> Option<&Fingerprint> {
        self.studies.iter().find_map(Study::server)
    }
}

impl Study {
    /// What to call it: its name, or its title where it has none.
    #[must_use]
    pub fn label(&self) -> &str {
        match self.name.is_empty() {
            true => &self.title,
            false => &self.name,
        }
    }

    /// A scenario without a name.
    #[must_use]
    pub fn untitled() -> Self {
        Self {
            name: String::new(),
            title: "Checkout".into(),
            about: String::new(),
            seen_in: Vec::new(),
            reference: None,
            thresholds: Vec::new(),
            load: None,
            exploration: None,
        }
    }

    /// The cells of its plan.
    pub fn cells(&self) -> impl Iterator<Item = Cell> {
        let loads = self.load.iter().flat_map(|load| &load.cells);
        let planned = self.exploration.iter().flat_map(|found| &found.planned);
        let planned = planned.map(|planned| planned.cell);
        loads.map(|load| load.cell).chain(planned)
    }

    /// What every schedule of a few buyers showed of a cell, if it was explored.
    #[must_use]
    pub fn explored(&self, cell: Cell) -> Option<&ExploredCell> {
        let cells = &self.exploration.as_ref()?.cells;
        cells.iter().find(|explored| explored.cell == cell)
    }

    /// Where it ran, unless in memory alone or not at all.
    #[must_use]
    pub fn server(&self) -> Option<&Fingerprint> {
        let explored = self.exploration.as_ref().and_then(|e| e.server.as_ref());
        let loaded = self.load.as_ref().and_then(|load| load.server.as_ref());
        loaded.or(explored)
    }
}

/// The cell that others are compared with, at the first isolation level: of
/// the strategy that was asked for, or else of the first that is expected to be
/// safe at every level, and not only for carts of one line, or else the first
/// of all.
#[must_use]
pub fn reference(cells: &[LoadCell], asked: Option<Subject>) -> Option<Cell> {
    let first = cells.first()?.cell;
    let may_be_safe = |load: &LoadCell| {
        let catalogue = subject::expected(load.cell, 2);
        let both = [load.expected, catalogue].into_iter().flatten();
        both.into_iter().all(|expected| expected == Verdict::Safe)
    };
    let is_safe = |subject: &Subject| {
        let mut cells = cells.iter().filter(|load| load.cell.subject == *subject);
        cells.all(may_be_safe)
    };
    let safe = cells.iter().map(|load| load.cell.subject).find(is_safe);
    Some(Cell {
        subject: asked.or(safe).unwrap_or(first.subject),
        level: first.level,
    })
}
