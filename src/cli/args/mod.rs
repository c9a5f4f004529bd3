//! The flags, as clap reads them.

pub mod stepped;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cli::values::{self, Choice, Expect};
use crate::scenario;
use crate::scenario::{Micros, Popularity, RetryDelay};
use crate::shop::{self, Isolation};
use crate::strategy::Strategy;

/// Shows which way of writing a checkout oversells and which does not, on a
/// real PostgreSQL.
///
/// Many buyers at once run a strategy against the database; then the database
/// itself is audited: what was sold, what is left, what was promised. Without
/// a command the flags mean `run`.
#[derive(Debug, Parser)]
#[command(
    name = "sim",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    max_term_width = 100,
    after_help = EXAMPLES,
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The flags of `run`.
    #[command(flatten)]
    pub run: RunArgs,
}

const EXAMPLES: &str = "\
Examples:
  sim --strategy optimistic --buyers 500
  sim --strategy naive --expect oversells
  sim --strategy all --isolation all --expect catalogue
  sim --strategy row-lock,atomic --products 20 --lines 2 --popularity zipf --runs 5
  sim --strategy atomic --database-url postgres://me@localhost/shop --export-json run.json
  sim explore --strategy check-then-update

Exit codes:
  0    done, and everything is as expected
  1    the harness or the database failed; partial results are written
  2    bad usage
  10   an invariant is violated, or a verdict differs from the expected one
  130  interrupted; partial results are written";

const INIT_EXAMPLES: &str = "\
Examples:
  sim init sale.toml
  sim --scenario sale.toml";

const LIST_EXAMPLES: &str = "\
Examples:
  sim list
  sim list optimistic row-lock";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Let many buyers run strategies at full speed, and audit the database.
    #[command(after_help = EXAMPLES)]
    Run(Box<RunArgs>),
    /// Run every order of a few buyers' statements, and show the simplest that fails.
    #[command(after_help = stepped::EXPLORE_EXAMPLES)]
    Explore(Box<stepped::ExploreArgs>),
    /// Run exactly one order of a few buyers' statements, and show it step by step.
    #[command(after_help = stepped::REPLAY_EXAMPLES)]
    Replay(Box<stepped::ReplayArgs>),
    /// Show each strategy: its idea, its SQL, and what it is expected to do.
    #[command(after_help = LIST_EXAMPLES)]
    List(ListArgs),
    /// Write a commented scenario file to start from.
    #[command(after_help = INIT_EXAMPLES)]
    Init(InitArgs),
    /// Print the JSON Schema of scenario files, for editors.
    Schema,
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
}

/// The flags of `list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only these
    #[arg(value_parser = values::strategy(), value_name = "STRATEGY")]
    pub strategies: Vec<Choice<Strategy>>,
}

/// The flags of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// How a checkout reads, decides and writes: one, several with commas, or `all`
    #[arg(long, short, required_unless_present = "scenario", value_delimiter = ',',
          value_name = "NAME", value_parser = values::strategy())]
    pub strategy: Vec<Choice<Strategy>>,

    /// Isolation level of every transaction: one, several with commas, or `all`
    /// [default: read-committed]
    #[arg(long, short, value_delimiter = ',', value_name = "LEVEL",
          value_parser = values::isolation())]
    pub isolation: Vec<Choice<Isolation>>,

    /// A file with all of this, as `sim init` writes one; a flag overrides it
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,

    #[command(flatten)]
    pub shop: ShopArgs,

    #[command(flatten)]
    pub load: LoadArgs,

    #[command(flatten)]
    pub database: DatabaseArgs,

    #[command(flatten)]
    pub output: OutputArgs,
}

/// What the shop has and what a cart wants.
#[derive(Debug, Args)]
#[command(next_help_heading = "Shop")]
pub struct ShopArgs {
    /// Units on hand of each product [default: a fifth of what the buyers want]
    #[arg(allow_negative_numbers = true, long, value_name = "UNITS")]
    pub stock: Option<u32>,

    /// Products in the shop [default: 1]
    #[arg(allow_negative_numbers = true, long, value_name = "N")]
    pub products: Option<u32>,

    /// Lines of each cart, each of another product [default: 1]
    #[arg(allow_negative_numbers = true, long, value_name = "N")]
    pub lines: Option<u32>,

    /// Units on each line [default: 1]
    #[arg(allow_negative_numbers = true, long, value_name = "N")]
    pub units: Option<u32>,

    /// Order in which a checkout touches the lines of its cart [default: sorted]
    #[arg(long, value_name = "ORDER")]
    pub lock_order: Option<LockOrder>,

    /// How carts draw their products: uniform, zipf or zipf:EXPONENT [default: uniform]
    #[arg(long, value_name = "LAW")]
    pub popularity: Option<Popularity>,
}

/// Order in which a checkout touches the lines of its cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LockOrder {
    /// By product: no two carts can deadlock
    Sorted,
    /// As the buyer filled the cart
    Cart,
}

impl From<Arrival> for scenario::ArrivalKind {
    fn from(arrival: Arrival) -> Self {
        match arrival {
            Arrival::Burst => Self::Burst,
            Arrival::Poisson => Self::Poisson,
        }
    }
}

impl From<LockOrder> for shop::LockOrder {
    fn from(order: LockOrder) -> Self {
        match order {
            LockOrder::Sorted => Self::Sorted,
            LockOrder::Cart => Self::Cart,
        }
    }
}

/// How many buyers come, how, and how they behave.
#[derive(Debug, Args)]
#[command(next_help_heading = "Load")]
pub struct LoadArgs {
    /// Buyers; each makes one checkout [default: 500]
    #[arg(allow_negative_numbers = true, long, short, value_name = "N")]
    pub buyers: Option<u32>,

    /// Connections that the buyers share [default: as many as buyers, at most 16]
    #[arg(allow_negative_numbers = true, long, short, value_name = "N")]
    pub connections: Option<u32>,

    /// How buyers come [default: burst]
    #[arg(long, value_name = "HOW")]
    pub arrival: Option<Arrival>,

    /// Mean arrivals a second, with --arrival poisson
    #[arg(allow_negative_numbers = true, long, value_name = "PER_SECOND")]
    pub rate: Option<f64>,

    /// Pause between read and write inside each attempt, such as 5ms [default: 0]
    #[arg(long, value_name = "TIME")]
    pub think_time: Option<Micros>,

    /// Attempts of a checkout, the first included [default: 10]
    #[arg(allow_negative_numbers = true, long, value_name = "N")]
    pub max_tries: Option<u32>,

    /// Bounds of the pause before another attempt (exponential, full jitter) [default: 1ms..50ms]
    #[arg(long, value_name = "MIN..MAX")]
    pub retry_delay: Option<RetryDelay>,

    /// Repetitions of each strategy, interleaved, with other carts each time [default: 1]
    #[arg(allow_negative_numbers = true, long, value_name = "N")]
    pub runs: Option<u32>,

    /// What every random choice comes from [default: random, and printed]
    #[arg(allow_negative_numbers = true, long, value_name = "N")]
    pub seed: Option<u64>,
}

/// How buyers come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Arrival {
    /// All at once, when every connection is ready
    Burst,
    /// At random times, whether or not earlier ones are done (open loop)
    Poisson,
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
    /// A running PostgreSQL, instead of a private one for this run
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// Never fetch a PostgreSQL where none is installed
    #[arg(long)]
    pub no_download: bool,
}

/// What comes out, and what counts as success.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// The verdict every cell must show, or `catalogue` for what `sim list` says [default: safe]
    #[arg(long, value_name = "VERDICT", value_parser = values::expect())]
    pub expect: Option<Expect>,

    /// Write everything, enough to render any report later
    #[arg(long, value_name = "FILE")]
    pub export_json: Option<PathBuf>,

    /// Write one row for each strategy, isolation level and run
    #[arg(long, value_name = "FILE")]
    pub export_csv: Option<PathBuf>,

    /// Print nothing but errors
    #[arg(long, short)]
    pub quiet: bool,

    /// Show no progress bar
    #[arg(long)]
    pub no_progress: bool,
}
