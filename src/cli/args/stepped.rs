//! The flags of the commands that step a few buyers.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::exit_codes::exit_codes;
use super::{
    CellArgs, DatabaseArgs, ExpectArgs, OwnArgs, PageArgs, QuietArgs, ServerArgs, SmallShopArgs,
};
use crate::cell::Subject;
use crate::cli::values;
use crate::explore::bounds::Policy;
use crate::explore::reduction::Reduction;
use crate::explore::schedule::Schedule;
use crate::oracle::Verdict;
use crate::report::WorldKind;
use crate::shop::Isolation;

pub const EXPLORE_EXAMPLES: &str = concat!(
    "\
Examples:
  sim explore --strategy check-then-update
  sim explore --strategy all --isolation all --expect catalogue
  sim explore --strategy row-lock --lines 2 --lock-order cart
  sim explore --strategy optimistic --buyers 3 --stock 2 --on memory
  sim explore --strategy autocommit --crash --export-json found.json

",
    exit_codes!(0, 1, 2, 10, 11, 130)
);

pub const REPLAY_EXAMPLES: &str = concat!(
    "\
Examples:
  sim replay --strategy check-then-update --schedule AABBBBBAAA
  sim replay --strategy autocommit --schedule Aa
  sim replay --strategy row-lock --schedule AABBBBBAAA --guided

A schedule names the buyer that moves, letter by letter: A is the first buyer. A lower-case \
letter cuts that buyer's connection. Buyers that it does not name do not come.

",
    exit_codes!(0, 1, 2, 10, 130)
);

/// The flags of `explore`.
#[derive(Debug, Args)]
pub struct ExploreArgs {
    #[command(flatten)]
    pub cells: CellArgs,

    /// A file with a small shop to explore, as `sim init` writes one, or the name of a scenario that
    /// comes with sim; a flag overrides it
    #[arg(long, value_name = "FILE|NAME")]
    scenario: Option<PathBuf>,

    /// As --scenario, without the flag: `sim explore shop.toml`
    #[arg(value_name = "FILE|NAME", conflicts_with = "scenario")]
    file: Option<PathBuf>,

    /// The operations of a directory of scripts that meet, such as reserve,confirm; reserve=A is the
    /// submission of session A again [default: every pair of them]
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        help_heading = "Your own tables"
    )]
    pub sessions: Vec<String>,

    /// How often sessions are released at the same time, where two of them take several rows with
    /// one statement each; 0: never [default: 200]
    #[arg(
        allow_negative_numbers = true,
        long,
        value_name = "N",
        help_heading = "Your own tables"
    )]
    pub race: Option<u32>,

    #[command(flatten)]
    pub own: OwnArgs,

    #[command(flatten)]
    pub shop: SmallShopArgs,

    #[command(flatten)]
    pub search: SearchArgs,

    #[command(flatten)]
    pub server: ServerArgs,

    #[command(flatten)]
    pub expect: ExpectArgs,

    #[command(flatten)]
    pub output: ExploreOutputArgs,
}

impl ExploreArgs {
    /// The scenario, however it is named.
    pub fn scenario(&self) -> Option<&PathBuf> {
        self.scenario.as_ref().or(self.file.as_ref())
    }
}

/// The flags of `replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Which buyer moves, letter by letter; lower case cuts that buyer's connection
    #[arg(long, value_name = "LETTERS")]
    pub schedule: Schedule,

    /// Follow the schedule as far as it fits, such as one of another strategy; from there the first
    /// buyer that can move goes on
    #[arg(long)]
    pub guided: bool,

    /// How a checkout reads, decides and writes
    #[arg(long, short, value_name = "NAME", value_parser = values::one_strategy())]
    pub strategy: Subject,

    /// Isolation level of every transaction
    #[arg(long, short, value_name = "LEVEL", value_parser = values::one::<Isolation>(),
          default_value = "read-committed")]
    pub isolation: Isolation,

    /// A scenario file that makes tables of your own, instead of the flags
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,

    #[command(flatten)]
    pub own: OwnArgs,

    #[command(flatten)]
    pub shop: SmallShopArgs,

    /// What to run it on
    #[arg(
        long,
        value_name = "WORLD",
        default_value = "postgres",
        help_heading = "Small shop"
    )]
    pub on: WorldKind,

    #[command(flatten)]
    pub database: DatabaseArgs,

    /// The verdict that the schedule must show; `safe` is one that breaks nothing
    #[arg(long, value_name = "VERDICT", value_parser = values::one::<Verdict>(),
          help_heading = "Output")]
    pub expect: Option<Verdict>,
}

/// Which schedules are run, and on what.
#[derive(Debug, Args)]
#[command(next_help_heading = "Search")]
pub struct SearchArgs {
    /// What to run them on
    #[arg(long, value_name = "WORLD", default_value = "postgres")]
    pub on: WorldKind,

    /// How schedules are chosen
    #[arg(long, value_name = "HOW", default_value = "exhaustive")]
    pub policy: Policy,

    /// At most so many schedules; with --policy random so many [there: 1000]
    #[arg(allow_negative_numbers = true, long, value_name = "N")]
    pub schedules: Option<u64>,

    /// What --policy random draws from [default: random, and printed]
    #[arg(allow_negative_numbers = true, long, value_name = "N")]
    pub seed: Option<u64>,

    /// Stop after so long, such as 30s; for each strategy and level
    #[arg(long, value_name = "TIME", value_parser = crate::scenario::duration)]
    pub time_limit: Option<Duration>,

    /// At most so many context switches by choice, away from a buyer that could go on: what
    /// `--expect safe<=N` asks for
    #[arg(allow_negative_numbers = true, long, value_name = "N")]
    pub max_switches: Option<usize>,

    /// Cut each connection between any two of its statements, one in a schedule; of a service also
    /// in the place of the reply to a commit
    #[arg(long)]
    pub crash: bool,

    /// Run one schedule for all that cannot be told apart
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub reduction: Reduction,
}

/// What comes out.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct ExploreOutputArgs {
    /// Write counts, schedules and traces
    #[arg(long, value_name = "FILE")]
    pub export_json: Option<PathBuf>,

    /// Write a schedule of each ending, twelve a cell at most, for PostgreSQL's isolationtester
    #[arg(long, value_name = "DIR")]
    pub export_spec: Option<PathBuf>,

    #[command(flatten)]
    pub pages: PageArgs,

    #[command(flatten)]
    pub quiet: QuietArgs,
}
