//! The flags that set what a scenario file can set, by the same names.

use clap::Args;

use crate::scenario::{ArrivalKind, Micros, Mix, Popularity, RetryDelay, Settings};
use crate::shop::{LockOrder, Retry};

/// Declares flags under headings of the help: each by its key in a table of the file,
/// with what the help calls its value.
macro_rules! flags {
    ($(#[$about:meta])* $flags:ident { $($heading:literal {
        $($(#[$of_flag:meta])* $table:ident.$key:ident: $type:ty $(= $value:literal)?,)+
    })+ }) => {
        $(#[$about])*
        #[derive(Debug, Args)]
        pub struct $flags {
            $($(
                $(#[$of_flag])*
                #[arg(long, help_heading = $heading)]
                #[arg(allow_negative_numbers = is_number(stringify!($type)))]
                $(#[arg(value_name = $value)])?
                $key: Option<$type>,
            )+)+
        }

        impl $flags {
            /// What the flags set.
            pub fn settings(&self) -> Settings {
                let mut settings = Settings::default();
                $($(settings.$table.$key = self.$key.clone();)+)+
                settings
            }
        }
    };
}

/// Whether a value may begin with `-`: then `--buyers -5` is refused for its number, and
/// not as an unknown flag.
fn is_number(kind: &str) -> bool {
    matches!(kind, "u32" | "u64" | "f64" | "Vec<u32>")
}

flags! {
    /// What the shop has and what a cart wants; how many buyers come, how, and how
    /// they behave.
    ScenarioArgs {
        "Shop" {
            /// Units on hand of each product [default: a fifth of what the buyers want,
            /// and what one cart wants at least]
            shop.stock: u32 = "UNITS",
            /// Products in the shop [default: 1]
            shop.products: u32 = "N",
            /// Lines of each cart, each of another product [default: 1]
            shop.lines: u32 = "N",
            /// All lines of a cart are of one product
            #[arg(num_args = 0, default_missing_value = "true")]
            shop.duplicate_lines: bool,
            /// Units on each line [default: 1]
            shop.units: u32 = "N",
            /// Order in which a checkout touches the lines of its cart [default: sorted]
            shop.lock_order: LockOrder = "ORDER",
            /// How carts draw their products: uniform, zipf, zipf:EXPONENT, or hot:SHARE for one
            /// that stands on so many of all carts [default: uniform]
            shop.popularity: Popularity = "LAW",
            /// What is done with a script that lost a race after it had committed a write
            /// [default: uncommitted]
            shop.retry: Retry = "WHAT",
        }
        "Load" {
            /// Buyers; each makes one checkout [default: 500]
            #[arg(short)]
            load.buyers: u32 = "N",
            /// Connections that the buyers share [default: as many as buyers, at most 16]
            #[arg(short)]
            load.connections: u32 = "N",
            /// How buyers come [default: burst]
            load.arrival: ArrivalKind = "HOW",
            /// Mean arrivals a second, with --arrival poisson
            load.rate: f64 = "PER_SECOND",
            /// Pause between read and write inside each attempt, such as 5ms [default: 0]
            load.think_time: Micros = "TIME",
            /// Attempts of a checkout, the first included [default: 10]
            load.max_tries: u32 = "N",
            /// Bounds of the pause before another attempt (exponential, full jitter) [default:
            /// 1ms..50ms]
            load.retry_delay: RetryDelay = "MIN..MAX",
            /// Repetitions of each strategy, interleaved, with other carts each time [default: 1]
            load.runs: u32 = "N",
            /// What every random choice comes from [default: random, and printed]
            load.seed: u64 = "N",
            /// On your own tables, which operations of a directory of scripts the buyers carry out, by
            /// weight, such as checkout=9,cancel=1 [default: each as often as the others]
            load.mix: Mix = "NAME=WEIGHT,...",
            /// On your own tables, what buyers must share to be in each other's way: an expression over
            /// the variables that every script is given, such as :item [default: all are]
            load.key: String = "EXPRESSION",
        }
        "Faults" {
            /// Between a service that sim starts and its database, the share of all statements in
            /// whose place the connection is cut, from 0 to 1 [default: 0]
            faults.cut: f64 = "SHARE",
            /// The share of all commits (COMMIT, and a write outside a transaction) in whose place
            /// the connection is cut [default: 0]
            faults.lose_request: f64 = "SHARE",
            /// The share of all commits that are carried out, with the connection cut in place of
            /// the reply [default: 0]
            faults.lose_reply: f64 = "SHARE",
            /// The share of all statements that are held back for a while [default: 0]
            faults.pause: f64 = "SHARE",
            /// How long a pause is, with --pause [default: 10ms]
            faults.pause_time: Micros = "TIME",
        }
    }
}

flags! {
    /// A few buyers and what they want.
    SmallShopArgs {
        "Small shop" {
            /// Buyers; each makes one checkout [default: 2]
            #[arg(short)]
            explore.buyers: u32 = "N",
            /// Units on hand of each product [default: what the largest cart wants of it]
            explore.stock: u32 = "UNITS",
            /// Products in the shop [default: as many as a cart holds different ones]
            explore.products: u32 = "N",
            /// Lines of each cart, each of another product [default: 1]
            shop.lines: u32 = "N",
            /// All lines of a cart are of one product
            #[arg(num_args = 0, default_missing_value = "true")]
            shop.duplicate_lines: bool,
            /// Units on each line: for all, or by buyer with commas [default: 1]
            #[arg(value_delimiter = ',')]
            explore.units: Vec<u32> = "UNITS",
            /// Order in which a checkout touches the lines of its cart; `cart`: each buyer begins
            /// with another product [default: sorted]
            shop.lock_order: LockOrder = "ORDER",
            /// Attempts of a checkout, the first included [default: 1]
            explore.max_tries: u32 = "N",
            /// What is done with a script that lost a race after it had committed a write
            /// [default: uncommitted]
            shop.retry: Retry = "WHAT",
        }
    }
}
