//! The flags of `record`.

use std::path::PathBuf;

use clap::Args;

use super::{QuietArgs, ServerArgs};
use crate::cell::Subject;
use crate::cli::values;
use crate::shop::Isolation;

pub const RECORD_EXAMPLES: &str = "\
Examples:
  sim record shop.toml
  sim record shop.toml --strategy service:fixed --output fixed
  sim explore recorded/scenario.toml

The file needs a [service] with a command. It is started on tables of its own, and each of its \
requests is made alone, twice, by two buyers. What it says to its database is written as a script: \
values of earlier replies become variables. A script is one way through the program: it checks \
nothing.

Exit codes:
  0    the folder is written
  1    the service, the harness or the database failed
  2    bad usage
  130  interrupted; nothing is written";

/// The flags of `record`.
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// A file with a service, as `sim init --from service` writes one
    #[arg(value_name = "FILE|NAME")]
    pub file: PathBuf,

    /// A new folder for the scenario, its set-up and its scripts
    #[arg(long, short, value_name = "DIR", default_value = "recorded")]
    pub output: PathBuf,

    /// Which variant of the service [default: the first of the file]
    #[arg(long, short, value_name = "NAME", value_parser = values::one_strategy())]
    pub strategy: Option<Subject>,

    /// Isolation level of transactions that ask for none [default: the first of the file]
    #[arg(long, short, value_name = "LEVEL", value_parser = values::one::<Isolation>())]
    pub isolation: Option<Isolation>,

    #[command(flatten)]
    pub server: ServerArgs,

    #[command(flatten)]
    pub quiet: QuietArgs,
}
