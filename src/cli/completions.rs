//! `sim completions` and `sim man`: what shells and readers of manuals need.

use std::path::Path;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;
use clap_complete::Shell;

use super::args::Cli;
use super::exit::Exit;
use super::export::Directory;
use super::print::print;

pub(super) fn completions(shell: Shell) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "sim", &mut script);
    print(&String::from_utf8(script)?)?;
    Ok(Exit::AsExpected)
}

/// Writes the pages of all commands into a directory, or prints that of `sim` itself.
pub(super) fn man(directory: Option<&Path>) -> Result<Exit> {
    // There is no page of `sim help`, and none may refer to it.
    let command = Cli::command().disable_help_subcommand(true);
    if let Some(directory) = directory {
        Directory::open(directory)?;
        let written = clap_mangen::generate_to(command, directory);
        written.with_context(|| format!("cannot write into {}", directory.display()))?;
        return Ok(Exit::AsExpected);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    print(&String::from_utf8(page)?)?;
    Ok(Exit::AsExpected)
}
