//! A load on tables of the user's own, refused before anything starts where it makes no sense.

use std::path::Path;

use anyhow::{Result, bail};

use super::args::{DatabaseArgs, OwnArgs};
use super::checks::refuse_said;
use super::exit::Usage;
use super::own::{own_tables, refuse_load_of_scripts, refuse_shop};
use super::visit::is_visit;
use crate::cell::Cell;
use crate::scenario::{OwnTables, Scenario, ScenarioFile, Settings, Threshold, Verdicts};
use crate::subject::{contended_values, operations};

/// Whether a file asks for many buyers: on tables of the user's own it must speak of them, but for a
/// service that runs already, to which nothing else can be done.
pub(super) fn is_loaded(file: &ScenarioFile) -> bool {
    !file.has_own_tables()
        || is_visit(file)
        || file.load != Default::default()
        || file.faults != Default::default()
        || file.expect.load != Verdicts::default()
}

/// Whether a file asks for every schedule of a few: a service takes its time for each, so where a
/// file speaks of a load of it, it must speak of them too.
pub(super) fn is_explored(file: &ScenarioFile) -> bool {
    let is_said = file.explore != Default::default() || file.expect.explore != Verdicts::default();
    file.service.is_none() || is_said || !is_loaded(file)
}

/// As [`own_tables`], for a load: nothing but an invariant says what many buyers may have
/// broken.
pub(super) fn loaded_tables(
    args: &OwnArgs,
    file: &ScenarioFile,
    path: Option<&Path>,
) -> Result<Option<OwnTables>> {
    let is_own = file.has_own_tables() || !args.setup.is_empty() || args.setup_command.is_some();
    if is_own && args.invariant.is_empty() && file.invariants.is_empty() {
        bail!(Usage(
            "on tables of your own an invariant says what many buyers must not break: name one, \
             such as --invariant 'oversold=SELECT ...'; `sim explore` runs every schedule of a \
             few sessions instead"
                .into()
        ));
    }
    own_tables(args, file, path)
}

/// Refuses flags of the judge without a rule, where no schedule is run.
pub(super) fn refuse_compared(args: &OwnArgs) -> Result<()> {
    let flags = [
        (&args.show, "--show"),
        (&args.ignore, "--ignore"),
        (&args.ordered, "--ordered"),
    ];
    match flags.iter().find(|(given, _)| !given.is_empty()) {
        None => Ok(()),
        Some((_, flag)) => bail!(Usage(format!(
            "{flag} says how the ends of schedules are compared: `sim run` runs none, and \
             invariants alone judge many buyers; `sim explore` and `sim compare` run them"
        ))),
    }
}

/// Refuses what means nothing for many buyers there.
pub(super) fn check_load(
    own: Option<&OwnTables>,
    settings: &Settings,
    scenario: &Scenario,
    cells: &[Cell],
) -> Result<()> {
    let Some(own) = own else {
        return refuse_own(settings);
    };
    refuse_shop(settings, own)?;
    if own.has_service() {
        refuse_load_of_scripts(&settings.load)?;
        let weights = scenario.mix.weights(&own.operations());
        let refused = |problem| Usage(format!("--mix {}: {problem}", scenario.mix));
        return Ok(weights.map(drop).map_err(refused)?);
    }
    for cell in cells {
        let subject = cell.subject;
        let operations = operations(subject).unwrap_or_default();
        let refused = |problem| Usage(format!("--mix {}: {subject}: {problem}", scenario.mix));
        let weights = scenario.mix.weights(&operations).map_err(refused)?;
        if let Some(key) = &scenario.key {
            let actors = scenario.actors(1, &weights);
            let values = contended_values(key, subject, &actors, scenario.think_time_us);
            values.map_err(|problem| Usage(format!("--key {key}: {problem}")))?;
        }
    }
    Ok(())
}

/// Refuses what means something on tables of the user's own alone.
fn refuse_own(settings: &Settings) -> Result<()> {
    let said = [
        (settings.load.mix.is_some(), "mix"),
        (settings.load.key.is_some(), "key"),
    ];
    refuse_said(&said, |what| {
        format!(
            "--{what} speaks of tables of your own: make them with --setup FILE or \
             --setup-command, or with setup in [tables]"
        )
    })
}

/// The database of tables of the user's own goes with the run.
pub(super) fn check_kept(database: &DatabaseArgs, own: Option<&OwnTables>) -> Result<()> {
    match database.keep && own.is_some() {
        false => Ok(()),
        true => bail!(Usage(
            "--keep keeps the shop's schema: the database of your own tables goes with the run"
                .into()
        )),
    }
}

/// Refuses a threshold of an invariant that there is not: it would be kept unseen. Those of
/// the flags are for all tasks, and one of these has it.
/// Each task comes as its thresholds and the tables of its load.
pub(super) fn check_bounded(
    tasks: &[(&[Threshold], Option<&OwnTables>)],
    of_flags: &[Threshold],
) -> Result<()> {
    let knows = |tables: &Option<&OwnTables>, name: &str| {
        let invariants = tables.iter().flat_map(|tables| &tables.invariants);
        invariants.into_iter().any(|one| one.name == name)
    };
    for (thresholds, tables) in tasks {
        for threshold in *thresholds {
            let is_known = |name: &str| match of_flags.contains(threshold) {
                true => tasks.iter().any(|(_, tables)| knows(tables, name)),
                false => knows(tables, name),
            };
            if let Some(name) = threshold.invariant().filter(|name| !is_known(name)) {
                bail!(Usage(format!(
                    "the threshold {threshold}: no invariant {name:?} is asked of many buyers"
                )));
            }
        }
    }
    Ok(())
}
