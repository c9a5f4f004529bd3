//! `sim completions` and `sim man`: what shells and readers of manuals need.

use anyhow::Result;
use clap::CommandFactory as _;
use clap_complete::Shell;

use super::args::Cli;
use super::exit::Exit;
use super::print::print;

pub(super) fn completions(shell: Shell) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "sim", &mut script);
    print(&String::from_utf8(script)?)?;
    Ok(Exit::AsExpected)
}

pub(super) fn man() -> Result<Exit> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    print(&String::from_utf8(page)?)?;
    Ok(Exit::AsExpected)
}
