//! The flags, as clap reads them.

pub mod doctor;
pub mod environment;
mod exit_codes;
mod own;
pub mod proxy;
pub mod record;
#[cfg(feature = "serve")]
pub mod serve;
mod settings;
mod shared;
pub mod stepped;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::cell::Subject;
use crate::cli::values::{self, ExpectFlag, Template};
use crate::scenario::SomeOrAll;

use exit_codes::exit_codes;
pub use own::OwnArgs;
pub use settings::{ScenarioArgs, SmallShopArgs};
pub use shared::{
    CellArgs, DatabaseArgs, ExpectArgs, OutputArgs, PageArgs, QuietArgs, RemoteArgs, ServerArgs,
};

/// Shows which way of writing a checkout oversells and which does not, on a
/// real PostgreSQL.
///
/// Many buyers at once run a strategy against the database; then the database
/// itself is audited: what was sold, what is left, what was promised. Without
/// a command the flags mean `run`; without any word `sim` demonstrates itself.
#[derive(Debug, Parser)]
#[command(
    name = "sim",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{}", environment::VARIABLES),
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Verb>,
    /// The flags of `run`.
    #[command(flatten)]
    pub run: RunArgs,
}

const EXAMPLES: &str = concat!(
    "\
Examples:
  sim --strategy optimistic --buyers 500
  sim --strategy naive --expect oversells
  sim --strategy all --isolation all --expect catalogue
  sim --strategy row-lock,atomic --products 20 --lines 2 --popularity zipf
  sim --strategy atomic --database-url postgres://me@localhost/shop
  sim explore --strategy check-then-update
  sim compare flash-sale --export-html page.html

",
    exit_codes!(0, 1, 2, 10, 11, 98, 99, 130)
);

const INIT_EXAMPLES: &str = "\
Examples:
  sim init sale.toml
  sim init sale.toml --from flash-sale
  sim --scenario sale.toml";

const LIST_EXAMPLES: &str = "\
Examples:
  sim list
  sim list optimistic row-lock";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Let many buyers run strategies at full speed, and audit the database.
    #[command(after_help = EXAMPLES)]
    Run(Box<RunArgs>),
    /// Compare strategies on one scenario, in rounds, with the proof beside it.
    #[command(after_help = COMPARE_EXAMPLES)]
    Compare(Box<CompareArgs>),
    /// Hold scenario files to what they expect: the gate for CI.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Box<CheckArgs>),
    /// Run every schedule of a few buyers' statements, and show the simplest that fails.
    #[command(after_help = stepped::EXPLORE_EXAMPLES)]
    Explore(Box<stepped::ExploreArgs>),
    /// Run exactly one schedule of a few buyers' statements, and show it step by step.
    #[command(after_help = stepped::REPLAY_EXAMPLES)]
    Replay(Box<stepped::ReplayArgs>),
    /// Look at a service before it is explored: how it asks its database, and its steps.
    #[command(after_help = doctor::DOCTOR_EXAMPLES)]
    Doctor(Box<doctor::DoctorArgs>),
    /// Write a service's requests as scripts, ready to change and to explore without it.
    #[command(after_help = record::RECORD_EXAMPLES)]
    Record(Box<record::RecordArgs>),
    /// Show each strategy: its idea, its SQL, and what it is expected to do.
    #[command(after_help = LIST_EXAMPLES)]
    List(ListArgs),
    /// Sell over HTTP: the reference shop, with a strategy behind its checkout.
    #[cfg(feature = "serve")]
    #[command(after_help = serve::SERVE_EXAMPLES)]
    Serve(Box<serve::ServeArgs>),
    /// Relay an application's connections to a database of this machine, and print each step.
    #[command(after_help = proxy::PROXY_EXAMPLES)]
    Proxy(proxy::ProxyArgs),
    /// Draw pages from saved results, without a database.
    #[command(after_help = REPORT_EXAMPLES)]
    Report(ReportArgs),
    /// Write a commented scenario file to start from.
    #[command(after_help = INIT_EXAMPLES)]
    Init(InitArgs),
    /// Print the JSON Schema of scenario files, for editors, or of results.
    #[command(after_help = SCHEMA_EXAMPLES)]
    Schema {
        /// Of what `--export-json` writes
        #[arg(long)]
        results: bool,
    },
    /// Print what a shell needs to complete commands and flags.
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Write the manual pages, one a command, or print the first of them.
    #[command(after_help = MAN_EXAMPLES)]
    Man {
        /// A directory for all pages; without it the page of `sim` itself is printed
        #[arg(value_name = "DIR")]
        directory: Option<PathBuf>,
    },
    /// Wait for the parent to end, and drop its schemas if it could not.
    #[command(hide = true)]
    Guard {
        /// The schemas to drop.
        schemas: Vec<String>,
    },
}

/// The flags of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Where to; standard output, where it is left out
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// A scenario that comes with sim, instead of the commented example; or a strategy, as a script
    #[arg(long, value_name = "NAME", value_parser = values::template())]
    pub from: Option<Template>,
}

/// The flags of `list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only these: by name, or a script by its path
    #[arg(value_parser = values::strategy(), value_name = "STRATEGY")]
    pub strategies: Vec<SomeOrAll<Subject>>,

    /// Show each as a script, which --strategy takes too
    #[arg(long)]
    pub script: bool,
}

const COMPARE_EXAMPLES: &str = concat!(
    "\
Examples:
  sim compare flash-sale
  sim compare --strategy optimistic,row-lock --runs 10 --reference row-lock
  sim compare slow-checkout --export-json results.json

Cells run in rounds (A B C A B C), so that all share what the machine does meanwhile. \
Speed is compared as a ratio to the reference, with its 95 % interval; a checkout that \
breaks something is not compared.

",
    exit_codes!(0, 1, 2, 10, 99, 130)
);

const CHECK_EXAMPLES: &str = concat!(
    "\
Examples:
  sim check
  sim check flash-sale --threshold 'p(99)<2s'
  sim check scenarios --export-markdown \"$GITHUB_STEP_SUMMARY\"
  sim check --save-baseline baseline.json
  sim check --baseline baseline.json

In a workflow of GitHub (GITHUB_ACTIONS=true) each expectation that does not hold is also \
an annotation of the line of the scenario file that states it.

",
    exit_codes!(0, 1, 2, 10, 98, 99, 130)
);

const REPORT_EXAMPLES: &str = "\
Examples:
  sim report results.json --html page.html
  sim report results.json --markdown summary.md --junit junit.xml
  sim report new.json --against old.json --html page.html";

const SCHEMA_EXAMPLES: &str = "\
Examples:
  sim schema > scenario.schema.json
  sim schema --results > results.schema.json";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  sim completions bash > /etc/bash_completion.d/sim
  sim completions zsh > ~/.zfunc/_sim";

const MAN_EXAMPLES: &str = "\
Examples:
  sim man ~/.local/share/man/man1 && man sim-run
  sim man > sim.1 && man ./sim.1";

/// The flags of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub cells: CellArgs,

    /// A file with all of this, as `sim init` writes one, or the name of a scenario that comes with
    /// sim; a flag overrides it
    #[arg(long, value_name = "FILE|NAME")]
    pub scenario: Option<PathBuf>,

    #[command(flatten)]
    pub set: ScenarioArgs,

    #[command(flatten)]
    pub own: OwnArgs,

    #[command(flatten)]
    pub database: DatabaseArgs,

    #[command(flatten)]
    pub remote: RemoteArgs,

    #[command(flatten)]
    pub expect: ExpectArgs,

    #[command(flatten)]
    pub output: OutputArgs,
}

/// The flags of `compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// A scenario, as `sim init` writes one, or the name of one that comes with sim; a flag
    /// overrides it
    #[arg(value_name = "FILE|NAME")]
    pub scenario: Option<PathBuf>,

    #[command(flatten)]
    pub cells: CellArgs,

    /// The strategy that the others are compared with, at the first isolation level [default: the
    /// first that is expected to be safe at every level]
    #[arg(long, value_name = "NAME", value_parser = values::one_strategy())]
    pub reference: Option<Subject>,

    /// Leave out the proof: do not run every schedule of the scenario's small shop
    #[arg(long)]
    pub no_explore: bool,

    #[command(flatten)]
    pub set: ScenarioArgs,

    #[command(flatten)]
    pub own: OwnArgs,

    #[command(flatten)]
    pub server: ServerArgs,

    #[command(flatten)]
    pub remote: RemoteArgs,

    /// The verdict every cell must show, or `catalogue` for what `sim list` says [default: as the
    /// file says, or else catalogue]
    #[arg(long, value_name = "VERDICT", value_parser = values::expect(), help_heading = "Output")]
    pub expect: Option<ExpectFlag>,

    #[command(flatten)]
    pub output: OutputArgs,
}

/// The flags of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Scenario files, directories of them, or names of scenarios that come with sim [default: the
    /// directory `scenarios`; where there is none, all that come with sim]
    #[arg(value_name = "FILE|DIR|NAME")]
    pub paths: Vec<PathBuf>,

    /// Repetitions of each cell, where its file does not say [default: 3]
    #[arg(allow_negative_numbers = true, long, value_name = "N")]
    pub runs: Option<u32>,

    /// What every random choice comes from [default: as the file says, or random]
    #[arg(allow_negative_numbers = true, long, value_name = "N")]
    pub seed: Option<u64>,

    /// Start the commands that the files name, such as a setup-command, and call services that run
    /// already; without it a file that names one is refused, since it may be a stranger's
    #[arg(long)]
    pub allow_commands: bool,

    /// Fail where a cell is slower than in these results, beyond noise; as a ratio to the reference
    #[arg(long, value_name = "RESULTS")]
    pub baseline: Option<PathBuf>,

    /// Save these results as a baseline, if nothing fails
    #[arg(long, value_name = "FILE")]
    pub save_baseline: Option<PathBuf>,

    #[command(flatten)]
    pub server: ServerArgs,

    #[command(flatten)]
    pub remote: RemoteArgs,

    #[command(flatten)]
    pub output: OutputArgs,
}

/// The flags of `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// What `--export-json` of run, explore, compare or check wrote
    #[arg(value_name = "RESULTS")]
    pub results: PathBuf,

    /// Older results to hold them against
    #[arg(long, value_name = "RESULTS")]
    pub against: Option<PathBuf>,

    /// Leave out what came out of a database or a service: rows, messages and the command line; for
    /// pages to post
    #[arg(long)]
    pub no_values: bool,

    /// Write a page for a browser, in one file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// Write Markdown, fit for a pull request's comment
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,

    /// Write one row for each strategy, isolation level and run
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,

    /// Write JUnit XML: one test case for each expectation
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}
