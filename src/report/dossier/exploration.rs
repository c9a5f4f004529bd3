//! What one call of `sim explore` found out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cell::Cell;
use crate::database::Fingerprint;
use crate::explore::bounds::{Limits, Policy};
use crate::explore::found::Found;
use crate::explore::reduction::{Reduction, Whole};
use crate::explore::schedule::Schedule;
use crate::oracle::{Claim, Doubt, Verdict};
use crate::scenario::{OwnTables, Shape};
use crate::shop::{Isolation, Retry};
use crate::subject::as_typed;

/// What a schedule is run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WorldKind {
    /// A real PostgreSQL.
    Postgres,
    /// The model of it in memory.
    Memory,
}

impl WorldKind {
    /// The name used on the command line, in files and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Memory => "memory",
        }
    }
}

/// Everything that one call of `sim explore` found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exploration {
    /// The version of `sim`.
    pub sim_version: String,
    /// When it began, in seconds since 1970.
    pub started_unix_s: u64,
    /// What was run on.
    pub on: WorldKind,
    /// Which server; `None` in memory.
    pub server: Option<Fingerprint>,
    /// Whether the buyer that closes a deadlock is always the one that is
    /// ended: not on a server where the role may not set `deadlock_timeout`.
    pub victims_are_fixed: bool,
    /// Buyers, carts, stock.
    pub shape: Shape,
    /// How schedules were chosen.
    pub policy: Policy,
    /// Whether representatives were to be run.
    pub reduction: Reduction,
    /// The bound on context switches, if there was one.
    pub switches_max: Option<usize>,
    /// Tables of the user's own, where the scripts ran on them: then nothing of the shape
    /// counts but its buyers, tries and cuts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tables: Option<OwnTables>,
    /// Where to stop.
    pub limits: Limits,
    /// Every cell of the plan, in the order asked for.
    pub planned: Vec<PlannedCell>,
    /// The cells that were explored, in the same order; fewer than planned
    /// after an early end.
    pub cells: Vec<ExploredCell>,
}

/// One cell, before anything is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedCell {
    /// Which one.
    #[serde(flatten)]
    pub cell: Cell,
    /// What it must show; `None` where nothing is expected.
    pub expected: Option<Claim>,
}

/// One cell that was explored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExploredCell {
    /// Which one.
    #[serde(flatten)]
    pub cell: Cell,
    /// What this cell must show; `None` where nothing was expected.
    pub expected: Option<Claim>,
    /// How many schedules there are, where the model in memory can tell.
    pub whole: Option<Whole>,
    /// What was found.
    pub found: Found,
}

impl ExploredCell {
    /// The headline.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.found.judgement.verdict
    }

    /// Whether it is as expected, or `safe` where nothing was expected.
    #[must_use]
    pub fn holds(&self) -> bool {
        match self.expected {
            None => self.verdict() == Verdict::Safe,
            Some(Claim::Verdict(verdict)) => self.verdict() == verdict,
            Some(Claim::SafeWithin(switches)) => self.found.is_safe_within(switches),
        }
    }

    /// What was expected, where it is not so.
    #[must_use]
    pub fn missed(&self) -> Option<Claim> {
        self.expected.filter(|_| !self.holds())
    }

    /// Whether a signal ended it before its own limits did.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.found.judgement.doubts.contains(&Doubt::Interrupted)
    }
}

impl Exploration {
    /// Every cell that was to be explored, each with what was found, if
    /// anything. A cell that was explored belongs to the plan, whatever a file
    /// says of it.
    #[must_use]
    pub fn plan(&self) -> Vec<(PlannedCell, Option<&ExploredCell>)> {
        let of = |cell: &ExploredCell| PlannedCell {
            cell: cell.cell,
            expected: cell.expected,
        };
        let is = |planned: &PlannedCell, cell: &ExploredCell| planned.cell == cell.cell;
        let planned = self.planned.iter().map(|planned| {
            let explored = self.cells.iter().find(|cell| is(planned, cell));
            (explored.map_or(*planned, of), explored)
        });
        let is_extra = |cell: &&ExploredCell| !self.planned.iter().any(|p| is(p, cell));
        let extra = self.cells.iter().filter(is_extra);
        planned
            .chain(extra.map(|cell| (of(cell), Some(cell))))
            .collect()
    }

    /// The command that runs exactly one schedule of a cell again.
    #[must_use]
    pub fn replay(&self, cell: Cell, schedule: &Schedule) -> String {
        let shape = &self.shape;
        let units: Vec<String> = shape.units.iter().map(u32::to_string).collect();
        let (lock_order, on) = (shape.lock_order.name(), self.on.name());
        let text = |flag, value: &str, usual: &str| (flag, value.to_owned(), usual.to_owned());
        let number = |flag, n: u32, usual: u32| (flag, n.to_string(), usual.to_string());
        let settings = [
            text("isolation", cell.level.name(), Isolation::default().name()),
            number("buyers", shape.buyers, 2),
            number("stock", shape.stock, shape.largest_cart()),
            number("lines", shape.lines, 1),
            number("products", shape.products, shape.distinct_lines()),
            text("units", &units.join(","), "1"),
            text("lock-order", lock_order, "sorted"),
            number("max-tries", shape.max_tries, 1),
            text("retry", shape.retry.name(), Retry::default().name()),
            text("on", on, "postgres"),
        ];
        let mut command = format!("sim replay --strategy {}", as_typed(cell.subject));
        if let Some(tables) = &self.tables {
            command.push_str(&tables.as_flags());
        }
        for (flag, value, default) in settings {
            if value != default {
                command.push_str(&format!(" --{flag} {value}"));
            }
        }
        if shape.duplicate_lines {
            command.push_str(" --duplicate-lines");
        }
        command.push_str(&format!(" --schedule {schedule}"));
        command
    }
}
