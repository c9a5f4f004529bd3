//! The page of any command.

use super::compared::comparison_to_terminal;
use super::exploration::exploration_to_terminal;
use super::load::to_terminal;
use super::results::{self, results_to_terminal};
use crate::report::dossier::document::{Command, Dossier, Results};
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
    let page = match dossier.command.unwrap_or_else(|| guess(dossier)) {
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

/// The command that results of an older `sim` came of, as far as they tell.
fn guess(dossier: &Dossier) -> Command {
    let [study] = dossier.studies.as_slice() else {
        return Command::Check;
    };
    match (&study.load, &study.exploration) {
        (None, Some(_)) => Command::Explore,
        (Some(load), None) if load.cells.len() == 1 => Command::Run,
        _ => Command::Compare,
    }
}
