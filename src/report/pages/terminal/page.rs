//! The page of any command.

use super::compared::comparison_to_terminal;
use super::exploration::exploration_to_terminal;
use super::load::to_terminal;
use super::results::{self, results_to_terminal};
use crate::report::dossier::document::{Command, Results};
use crate::report::harmless::in_harmless_words;

/// Renders results as the command prints them that finds them out, without a
/// word that a terminal would obey.
#[must_use]
pub fn page_to_terminal(results: &Results) -> String {
    let results = &Results {
        dossier: in_harmless_words(&results.dossier).into_owned(),
        against: results
            .against
            .as_ref()
            .map(|before| in_harmless_words(before).into_owned()),
    };
    let dossier = &results.dossier;
    let page = match dossier.command {
        Command::Compare => return comparison_to_terminal(results),
        Command::Check => return results_to_terminal(results),
        Command::Run => dossier.loads().map(to_terminal).collect::<String>(),
        Command::Explore => {
            let studies = dossier.studies.iter();
            let explored = studies.filter_map(|study| study.exploration.as_ref());
            explored.map(exploration_to_terminal).collect()
        }
    };
    let before = results.against.as_ref();
    let change = before.map(|before| results::against(dossier, before));
    page + &results::thresholds(dossier) + &change.unwrap_or_default()
}
