//! Flags that several commands have.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::cell::Subject;
use crate::cli::values::{self, ExpectFlag};
use crate::scenario::{SomeOrAll, Threshold};
use crate::shop::Isolation;

/// Which cells: strategies x isolation levels.
#[derive(Debug, Default, Args)]
pub struct CellArgs {
    /// How a checkout reads, decides and writes: one, several with commas, or `all`
    #[arg(long, short, value_delimiter = ',', value_name = "NAME",
          value_parser = values::strategy())]
    pub strategy: Vec<SomeOrAll<Subject>>,

    /// Isolation level of every transaction: one, several with commas, or `all`
    /// [default: read-committed]
    #[arg(long, short, value_delimiter = ',', value_name = "LEVEL",
          value_parser = values::isolation())]
    pub isolation: Vec<SomeOrAll<Isolation>>,
}

/// Which server, and whether what was made there stays.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Database")]
pub struct DatabaseArgs {
    #[command(flatten)]
    pub server: ServerArgs,

    /// Keep the run's schema on that server, and say where it is
    #[arg(long)]
    pub keep: bool,
}

/// Which server.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Database")]
pub struct ServerArgs {
    /// A running PostgreSQL, instead of a private one for this run; a password on the command line
    /// can be read in the list of processes, one in the variable cannot
    #[arg(
        long,
        value_name = "URL",
        env = "SIM_DATABASE_URL",
        hide_env = true,
        hide_env_values = true
    )]
    pub database_url: Option<String>,

    /// How long the server may be silent before it is given up; a statement that waits for another
    /// buyer's lock is no silence
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = values::patience)]
    pub patience: Duration,

    /// Never fetch a PostgreSQL where none is installed
    #[arg(long)]
    pub no_download: bool,
}

/// Whether load may go to another machine.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Database")]
pub struct RemoteArgs {
    /// Let a service that runs already, or its database, be on another machine, which must be yours:
    /// it is sent many requests at once
    #[arg(long)]
    pub allow_remote: bool,
}

/// What counts as success.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct ExpectArgs {
    /// The verdict every cell must show; `safe<=2` where nothing may be found, and every schedule
    /// of at most 2 context switches be run; or `catalogue` for what `sim list` says [default: as
    /// the scenario file says; without a word there nothing is expected]
    #[arg(long, value_name = "VERDICT", value_parser = values::expect())]
    pub expect: Option<ExpectFlag>,
}

/// What else counts as success, and what comes out.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// A bound that every cell must keep which is expected to be safe, or of which nothing is
    /// expected, such as p(99)<50ms, attempts_per_sale<3 or sold==100; or one strategy: naive:
    /// sold==500
    #[arg(long, value_name = "RULE")]
    pub threshold: Vec<Threshold>,

    /// Write everything, enough to draw any page later (`sim report`)
    #[arg(long, value_name = "FILE")]
    pub export_json: Option<PathBuf>,

    /// Write one row for each strategy, isolation level and run
    #[arg(long, value_name = "FILE")]
    pub export_csv: Option<PathBuf>,

    #[command(flatten)]
    pub pages: PageArgs,

    #[command(flatten)]
    pub quiet: QuietArgs,
}

/// Pages for people and for other programs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct PageArgs {
    /// Write a page for a browser, in one file
    #[arg(long, value_name = "FILE")]
    pub export_html: Option<PathBuf>,

    /// Write Markdown, fit for a pull request's comment
    #[arg(long, value_name = "FILE")]
    pub export_markdown: Option<PathBuf>,

    /// Write JUnit XML: one test case for each expectation
    #[arg(long, value_name = "FILE")]
    pub export_junit: Option<PathBuf>,
}

/// What is not to be said.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct QuietArgs {
    /// Print nothing but errors
    #[arg(long, short)]
    pub quiet: bool,

    /// Show no progress
    #[arg(long)]
    pub no_progress: bool,
}
