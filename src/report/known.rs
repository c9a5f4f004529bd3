//! What is known of each strategy at each isolation level: what many buyers
//! came to, and what every order of a few did.

use super::dossier::Study;
use super::exploration::ExploredCell;
use crate::audit::Verdict;
use crate::shop::Isolation;
use crate::strategy::Strategy;

/// One strategy at one isolation level.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'s> {
    pub(super) strategy: Strategy,
    pub(super) isolation: Isolation,
    /// Of many buyers: what was found, and what was expected.
    pub(super) load: Option<(Verdict, Verdict)>,
    /// Of every order of a few.
    pub(super) explored: Option<&'s ExploredCell>,
    /// Whether other cells of the study were explored, and this one was not:
    /// then somebody asked for an end before its turn.
    pub(super) is_left: bool,
}

impl Known<'_> {
    /// The worse of both verdicts: only what holds in both is a fix.
    pub(super) fn worst(&self) -> Verdict {
        let load = self.load.map(|(found, _)| found);
        let explored = self.explored.map(ExploredCell::verdict);
        let left = self.is_left.then_some(Verdict::Inconclusive);
        let both = load.into_iter().chain(explored).chain(left);
        both.min().unwrap_or(Verdict::Inconclusive)
    }
}

/// Every cell of a study, in the order of the load and then of the exploration.
pub(super) fn known(study: &Study) -> Vec<Known<'_>> {
    let mut all: Vec<Known<'_>> = Vec::new();
    for summary in study.load.iter().flat_map(|load| load.summaries()) {
        all.push(Known {
            strategy: summary.cell.strategy,
            isolation: summary.cell.isolation,
            load: Some((summary.verdict(), summary.cell.expected)),
            explored: None,
            is_left: study.exploration.is_some(),
        });
    }
    for cell in study.exploration.iter().flat_map(|e| &e.cells) {
        let same =
            |k: &&mut Known<'_>| (k.strategy, k.isolation) == (cell.strategy, cell.isolation);
        match all.iter_mut().find(same) {
            Some(known) => (known.explored, known.is_left) = (Some(cell), false),
            None => all.push(Known {
                strategy: cell.strategy,
                isolation: cell.isolation,
                load: None,
                explored: Some(cell),
                is_left: false,
            }),
        }
    }
    all
}

/// The isolation levels that occur, weakest first.
pub(super) fn levels(known: &[Known<'_>]) -> Vec<Isolation> {
    let occurs = |level: &Isolation| known.iter().any(|k| k.isolation == *level);
    Isolation::ALL.into_iter().filter(occurs).collect()
}

/// The strategies that occur, each once, in the order in which they do.
pub(super) fn strategies(known: &[Known<'_>]) -> Vec<Strategy> {
    let mut all = Vec::new();
    for strategy in known.iter().map(|k| k.strategy) {
        if !all.contains(&strategy) {
            all.push(strategy);
        }
    }
    all
}
