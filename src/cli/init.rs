//! `sim init` and `sim schema`: what a scenario file looks like.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};

use anyhow::{Context, Result};

use super::args::InitArgs;
use super::exit::{self, Exit, Usage};
use super::print::print;
use super::values::Template;
use crate::report::Dossier;
use crate::scenario::ScenarioFile;

/// A commented scenario, as `sim init` writes it.
pub(super) const EXAMPLE: &str = include_str!("example.toml");

pub(super) fn init(args: &InitArgs) -> Result<Exit> {
    let (text, next) = match args.from {
        None => (EXAMPLE, "sim compare"),
        Some(Template::Scenario(text)) => (text, "sim compare"),
        Some(Template::Script(text)) => (text, "sim explore --strategy"),
    };
    let Some(path) = &args.file else {
        print(text)?;
        return Ok(Exit::AsExpected);
    };
    let name = path.display();
    // What is there already may be the user's work.
    let created = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = created.map_err(|error| {
        Usage(match error.kind() {
            ErrorKind::AlreadyExists => format!("{name} is already there: name another file"),
            _ => format!("cannot create {name}: {error}"),
        })
    })?;
    let written = file.write_all(text.as_bytes());
    written.with_context(|| format!("cannot write {name}"))?;
    exit::note(&format!("{name}: edit it, then run it: {next} {name}"));
    Ok(Exit::AsExpected)
}

pub(super) fn schema(of_results: bool) -> Result<Exit> {
    print(&match of_results {
        true => Dossier::schema(),
        false => ScenarioFile::schema(),
    })?;
    Ok(Exit::AsExpected)
}
