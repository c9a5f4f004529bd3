//! The flags of `doctor`.

use std::path::PathBuf;

use clap::Args;

use super::{QuietArgs, ServerArgs};
use crate::cell::Subject;
use crate::cli::values;
use crate::shop::Isolation;

pub const DOCTOR_EXAMPLES: &str = "\
Examples:
  sim doctor shop.toml
  sim doctor shop.toml --strategy service:fixed --export-json doctor.json

The file needs a [service] with a command. It is started twice on tables of its own: once to \
hear what it says to its database, and once to hold its statements, as an exploration does. \
Passwords and the like are masked.

Exit codes:
  0    the service can be explored
  1    the service, the harness or the database failed
  2    bad usage
  11   what the service does cannot be followed: it would be `unsupported`
  130  interrupted";

/// The flags of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// A file with a service, as `sim init --from service` writes one
    #[arg(value_name = "FILE|NAME")]
    pub file: PathBuf,

    /// Which variant of the service [default: the first of the file]
    #[arg(long, short, value_name = "NAME", value_parser = values::one_strategy())]
    pub strategy: Option<Subject>,

    /// Isolation level of transactions that ask for none [default: the first of the file]
    #[arg(long, short, value_name = "LEVEL", value_parser = values::one::<Isolation>())]
    pub isolation: Option<Isolation>,

    #[command(flatten)]
    pub server: ServerArgs,

    /// Write all that was understood, for a report of a bug
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub export_json: Option<PathBuf>,

    #[command(flatten)]
    pub quiet: QuietArgs,
}
