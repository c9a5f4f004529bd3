//! The page of any command.

use super::compared::comparison_to_terminal;
use super::exploration::exploration_to_terminal;
use super::load::to_terminal;
use super::results::{self, results_to_terminal};
use super::wrap::wrap;
use crate::report::dossier::document::{Command, Results};
use crate::report::harmless::in_harmless_words;

/// Renders results as the command prints them that finds them out, without a
/// word that a terminal would obey. `columns`: of the terminal.
#[must_use]
pub fn page_to_terminal(results: &Results, columns: usize) -> String {
    let results = &Results {
        dossier: in_harmless_words(&results.dossier).into_owned(),
        against: results
            .against
            .as_ref()
            .map(|before| in_harmless_words(before).into_owned()),
    };
    let dossier = &results.dossier;
    let cells: String = match dossier.command {
        Command::Compare => return comparison_to_terminal(results, columns),
        Command::Check => return results_to_terminal(results, columns),
        Command::Run => {
            let loads = dossier.loads();
            loads.map(|load| to_terminal(load, columns)).collect()
        }
        Command::Explore => {
            let studies = dossier.studies.iter();
            let explored = studies.filter_map(|study| study.exploration.as_ref());
            let explored = explored.map(|found| exploration_to_terminal(found, columns));
            explored.collect()
        }
    };
    let first = wrap(&results::headline(dossier), columns);
    let last = wrap(&results::last_word(results), columns);
    first + &cells + &last
}
