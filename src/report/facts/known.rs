//! What is known of each strategy at each isolation level: what many buyers
//! came to, and what every schedule of a few did.

use crate::cell::{Cell, Subject};
use crate::oracle::Verdict;
use crate::report::dossier::document::Study;
use crate::report::dossier::exploration::ExploredCell;
use crate::report::facts::explain;
use crate::shop::Isolation;

/// One cell.
#[derive(Debug, Clone)]
pub(in crate::report) struct Known<'s> {
    pub(in crate::report) cell: Cell,
    /// Of many buyers: what was found, and what was expected. `None` where none
    /// came, or none were to.
    pub(in crate::report) load: Option<(Verdict, Option<Verdict>)>,
    /// What takes from the worth of that verdict: missing runs, faults.
    pub(in crate::report) reserve: Option<String>,
    /// Of every schedule of a few.
    pub(in crate::report) explored: Option<&'s ExploredCell>,
    /// Whether many buyers were to come, and none did.
    pub(in crate::report) is_load_left: bool,
    /// Whether the study has an exploration, and this cell nothing of it.
    pub(in crate::report) is_exploration_left: bool,
    /// Whether it was to be explored.
    pub(in crate::report) is_exploration_planned: bool,
}

impl Known<'_> {
    /// The worse of both verdicts: only what holds in both is a fix.
    pub(in crate::report) fn worst(&self) -> Verdict {
        let load = self.load.map(|(found, _)| found);
        let explored = self.explored.map(ExploredCell::verdict);
        let is_left = self.is_load_left || self.is_exploration_left;
        let left = is_left.then_some(Verdict::Inconclusive);
        let both = load.into_iter().chain(explored).chain(left);
        both.min().unwrap_or(Verdict::Inconclusive)
    }

    /// Whether anything came of it.
    pub(in crate::report) const fn has_run(&self) -> bool {
        self.load.is_some() || self.explored.is_some()
    }
}

/// Every cell of a study, in the order of the load and then of the exploration.
pub(in crate::report) fn known(study: &Study) -> Vec<Known<'_>> {
    let mut all: Vec<Known<'_>> = Vec::new();
    let untried = |cell: Cell| Known {
        cell,
        load: None,
        reserve: None,
        explored: None,
        is_load_left: false,
        is_exploration_left: study.exploration.is_some(),
        is_exploration_planned: false,
    };
    for summary in study.load.iter().flat_map(|load| load.summaries()) {
        let has_run = summary.has_run();
        all.push(Known {
            load: has_run.then(|| (summary.verdict(), summary.expected)),
            reserve: explain::reserve(&summary),
            is_load_left: !has_run,
            ..untried(summary.cell)
        });
    }
    for (planned, explored) in study.exploration.iter().flat_map(|e| e.plan()) {
        let at = all.iter().position(|known| known.cell == planned.cell);
        let at = at.unwrap_or_else(|| {
            all.push(untried(planned.cell));
            all.len() - 1
        });
        all[at].explored = explored;
        all[at].is_exploration_left = explored.is_none();
        all[at].is_exploration_planned = true;
    }
    all
}

/// What is known of one cell, if it is of the study.
pub(in crate::report) fn at<'k, 's>(known: &'k [Known<'s>], cell: Cell) -> Option<&'k Known<'s>> {
    known.iter().find(|known| known.cell == cell)
}

/// The isolation levels that occur, weakest first.
pub(in crate::report) fn levels(known: &[Known<'_>]) -> Vec<Isolation> {
    let occurs = |level: &Isolation| known.iter().any(|k| k.cell.level == *level);
    Isolation::ALL.into_iter().filter(occurs).collect()
}

/// The strategies that occur, each once, in the order in which they do.
pub(in crate::report) fn subjects(known: &[Known<'_>]) -> Vec<Subject> {
    let mut all = Vec::new();
    for subject in known.iter().map(|k| k.cell.subject) {
        if !all.contains(&subject) {
            all.push(subject);
        }
    }
    all
}
