//! Flags that several commands have.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cell::Subject;
use crate::cli::values::{self, Choice, Expect};
use crate::scenario::{self, Micros, Popularity, RetryDelay, Threshold};
use crate::shop::{self, Isolation};

/// Which cells: strategies x isolation levels.
#[derive(Debug, Args)]
pub struct CellArgs {
    /// How a checkout reads, decides and writes: one, several with commas, or `all`
    #[arg(long, short, value_delimiter = ',', value_name = "NAME",
          value_parser = values::strategy())]
    pub strategy: Vec<Choice<Subject>>,

    /// Isolation level of every transaction: one, several with commas, or `all`
    /// [default: read-committed]
    #[arg(long, short, value_delimiter = ',', value_name = "LEVEL",
          value_parser = values::isolation())]
    pub isolation: Vec<Choice<Isolation>>,
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

    /// All lines of a cart are of one product
    #[arg(long)]
    pub duplicate_lines: bool,

    /// Units on each line [default: 1]
    #[arg(allow_negative_numbers = true, long, value_name = "N")]
    pub units: Option<u32>,

    /// Order in which a checkout touches the lines of its cart [default: sorted]
    #[arg(long, value_name = "ORDER")]
    pub lock_order: Option<LockOrder>,

    /// How carts draw their products: uniform, zipf, zipf:EXPONENT, or hot:SHARE for one that
    /// stands on so many of all carts [default: uniform]
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

    /// How long the server may be silent before it is given up; a statement that waits for another
    /// buyer's lock is no silence
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = values::patience)]
    pub patience: Duration,

    /// Never fetch a PostgreSQL where none is installed
    #[arg(long)]
    pub no_download: bool,
}

/// What counts as success.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct ExpectArgs {
    /// The verdict every cell must show, or `catalogue` for what `sim list` says [default: as the
    /// scenario file says; without a word there nothing is expected]
    #[arg(long, value_name = "VERDICT", value_parser = values::expect())]
    pub expect: Option<Expect>,
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
