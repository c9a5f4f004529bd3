//! A service that runs already, as a file names it: refused before anything is opened where it
//! cannot be driven.

use anyhow::{Result, bail};

use super::args::{OwnArgs, ServerArgs};
use super::checks::refuse_said;
use super::exit::Usage;
use crate::cell::Cell;
use crate::database::Server;
use crate::oracle::Invariant;
use crate::scenario::{OwnTables, Scenario, ScenarioFile, Verdicts, VisitedPlace};
use crate::service::ServiceOrigin;
use crate::subject::script::{SqlToken, TokenKind, tokens};

/// A service that runs already, and its database.
#[derive(Clone)]
pub(super) struct Visit {
    /// Where it is called.
    pub(super) origin: ServiceOrigin,
    /// The address of its database, which may hold a password.
    pub(super) database_url: String,
    /// Both, for pages.
    pub(super) place: VisitedPlace,
}

/// What flags say of it.
#[derive(Clone, Copy)]
pub(super) struct VisitFlags<'a> {
    pub(super) server: &'a ServerArgs,
    pub(super) allows_remote: bool,
}

/// Whether a file names a service that runs already.
pub(super) fn is_visit(file: &ScenarioFile) -> bool {
    file.service.as_ref().is_some_and(|it| !it.url.is_empty())
}

/// How often each cell runs where neither flag nor file says: nothing is put back at a service that
/// runs already.
pub(super) fn usual_runs(file: &ScenarioFile, usual: u32) -> u32 {
    if is_visit(file) { 1 } else { usual }
}

/// Where the service of a file runs, if it runs already. Nothing is connected to.
pub(super) fn visit(
    flags: VisitFlags<'_>,
    own: &OwnArgs,
    file: &ScenarioFile,
) -> Result<Option<Visit>> {
    let Some(service) = file.service.as_ref().filter(|_| is_visit(file)) else {
        return Ok(None);
    };
    refuse_set_up(own, file)?;
    let explore = &file.explore;
    if *explore != Default::default() || file.expect.explore != Verdicts::default() {
        bail!(Usage(CANNOT_BE_EXPLORED.into()));
    }
    let origin = ServiceOrigin::resolve(&service.url, flags.allows_remote);
    let origin = origin.map_err(|refused| Usage(format!("[service] url: {refused}")))?;
    let (said, url) = match (service.database.as_str(), &flags.server.database_url) {
        ("", None) => bail!(Usage(
            "[service] url names a service that runs already: name its database too, in database \
             or with --database-url (or SIM_DATABASE_URL); invariants are asked there, and it is \
             only read"
                .into()
        )),
        ("", Some(url)) => ("--database-url (or SIM_DATABASE_URL)", url.clone()),
        (url, None) => ("[service] database", url.to_owned()),
        (_, Some(_)) => bail!(Usage(
            "the database of the service is named twice, in [service] database and by \
             --database-url (or SIM_DATABASE_URL): leave one out"
                .into()
        )),
    };
    let server = Server::from_url(&url).map_err(|error| Usage(format!("{said}: {error}")))?;
    if server.local_address().is_none() && !flags.allows_remote {
        bail!(Usage(format!(
            "{said}: {} is not on this machine: a database elsewhere is read only with \
             --allow-remote, and only if it is yours",
            server.address()
        )));
    }
    Ok(Some(Visit {
        place: VisitedPlace {
            url: origin.to_string(),
            database: server.address(),
        },
        origin,
        database_url: url,
    }))
}

const CANNOT_BE_EXPLORED: &str = "a service that runs already cannot be explored: its statements \
                                  cannot be held, and nothing is put back; give its command in \
                                  [service], instead of url";

/// Refuses to explore a service that runs already.
pub(super) fn refuse_explored(own: &OwnTables) -> Result<()> {
    match own.service.as_ref().and_then(|plan| plan.found()) {
        None => Ok(()),
        Some(_) => bail!(Usage(CANNOT_BE_EXPLORED.into())),
    }
}

fn refuse_set_up(own: &OwnArgs, file: &ScenarioFile) -> Result<()> {
    let tables = &file.tables;
    let said = [
        (!own.setup.is_empty(), "--setup"),
        (own.setup_command.is_some(), "--setup-command"),
        (!tables.setup.is_empty(), "setup in [tables]"),
        (tables.setup_command.is_some(), "setup-command in [tables]"),
    ];
    refuse_said(&said, |what| {
        format!(
            "{what} makes tables, and the service at url runs already on its own, in which sim \
             makes nothing: leave it out, or give the service's command"
        )
    })
}

/// Refuses what cannot be asked there, and what wants everything put back in between.
pub(super) fn check_visit(
    visit: Option<&Visit>,
    own: Option<&OwnTables>,
    scenario: &Scenario,
    cells: &[Cell],
) -> Result<()> {
    let (Some(_), Some(own)) = (visit, own) else {
        return Ok(());
    };
    own.invariants.iter().try_for_each(refuse_told)?;
    if scenario.runs > 1 {
        bail!(Usage(format!(
            "{} runs: nothing is put back at a service that runs already, and the numbers of \
             buyers come again in each run; name --runs 1",
            scenario.runs
        )));
    }
    if cells.len() > 1 {
        let names: Vec<String> = cells.iter().map(ToString::to_string).collect();
        bail!(Usage(format!(
            "{}: nothing is put back at a service that runs already, so one of them runs; name it \
             with --strategy, and let another one run when the database has been put back",
            names.join(", ")
        )));
    }
    Ok(())
}

/// Refuses an invariant that joins what is written down in a database of the run's own.
fn refuse_told(invariant: &Invariant) -> Result<()> {
    let Some(table) = told_table(&invariant.sql) else {
        return Ok(());
    };
    bail!(Usage(format!(
        "the invariant {} reads sim.{table}, which sim writes beside the tables; in the database \
         of a service that runs already it writes nothing: ask the service's own tables alone",
        invariant.name
    )))
}

/// The first table of schema `sim` that a query names, comments and blanks between the words left
/// aside.
fn told_table(sql: &str) -> Option<&'static str> {
    // As far as it can be read: the server refuses the rest.
    let words: Vec<SqlToken> = tokens(sql).map_while(Result::ok).collect();
    let is = |word: &SqlToken, name: &str| {
        let text = &sql[word.start..word.end];
        match word.kind {
            TokenKind::Word => text.eq_ignore_ascii_case(name),
            TokenKind::QuotedName => text.trim_matches('"') == name,
            _ => false,
        }
    };
    words.windows(3).find_map(|three| {
        let [schema, dot, table] = three else {
            return None;
        };
        let is_ours = is(schema, "sim") && dot.is_symbol('.');
        let mut names = ["outcomes", "effects"].into_iter();
        names.find(|name| is_ours && is(table, name))
    })
}

#[cfg(test)]
mod tests {
    use super::told_table;

    #[test]
    fn what_reads_what_was_told_is_known() {
        for (sql, table) in [
            ("FROM sim.outcomes", Some("outcomes")),
            ("FROM SIM . Effects e", Some("effects")),
            ("FROM \"sim\"./* x */\"outcomes\"", Some("outcomes")),
            ("o AS (TABLE sim.outcomes) TABLE o", Some("outcomes")),
            ("FROM outcomes", None),
            ("'sim.outcomes' FROM mine.outcomes -- sim.outcomes", None),
            ("sim.outcomes_of(1)", None),
            ("FROM \"SIM\".outcomes", None),
        ] {
            assert_eq!(told_table(sql), table, "{sql}");
        }
    }
}
