//! The flags of `serve`.

use std::net::IpAddr;
use std::time::Duration;

use clap::Args;

use crate::cell::Subject;
use crate::cli::args::shared::{DatabaseArgs, QuietArgs};
use crate::cli::values;
use crate::scenario::CONNECTIONS_MAX;
use crate::shop::Isolation;

pub const SERVE_EXAMPLES: &str = "\
Examples:
  sim serve
  sim serve --strategy naive --port 8081
  sim serve --strategy ./checkout.sql
  sim serve --strategy row-lock --database-url postgres://me@localhost/shop

  curl localhost:8080/product/ --json '{\"name\": \"lamp\", \"stock\": 1}'
  curl localhost:8080/order/add-item --json \\
    '{\"user_id\": 1, \"order_detail\": [{\"product_id\": 1, \"quantity\": 1}]}'
  curl localhost:8080/order/checkout --json '{\"user_id\": 1}' \\
    -H 'Idempotency-Key: 7'
  curl localhost:8080/openapi.json

Ctrl-C answers the requests that are under way, and stops.";

/// It stands in SQL without quotes.
fn schema_name(text: &str) -> Result<String, String> {
    let is_harmless = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    match begins && text.chars().all(is_harmless) && text.len() < 64 && !text.starts_with("pg_") {
        true => Ok(text.into()),
        false => Err("a name has letters a to z, digits and _, and no digit first".into()),
    }
}

/// The flags of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// How a checkout reads, decides and writes; a script of your own by its path
    #[arg(long, short, value_name = "NAME", value_parser = values::one_strategy(),
          default_value = "optimistic")]
    pub strategy: Subject,

    /// Isolation level of every checkout
    #[arg(long, short, value_name = "LEVEL", value_parser = values::one::<Isolation>(),
          default_value = "read-committed")]
    pub isolation: Isolation,

    /// The address that it listens on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: IpAddr,

    /// The port; 0 takes a free one, and it is printed
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    pub port: u16,

    /// Connections to the database, which all requests share
    #[arg(long, value_name = "N", default_value_t = 16, help_heading = "Limits",
          value_parser = clap::value_parser!(u32).range(1..=i64::from(CONNECTIONS_MAX)))]
    pub connections: u32,

    /// Clients that are connected at once; the next one is answered 503
    #[arg(long, value_name = "N", default_value_t = 1000, help_heading = "Limits",
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub max_clients: u32,

    /// Bytes of a request's body
    #[arg(long, value_name = "BYTES", default_value_t = 65_536, help_heading = "Limits",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub max_body: u32,

    /// How long a body may take to come, and then its answer
    #[arg(long, value_name = "TIME", default_value = "10s", help_heading = "Limits",
          value_parser = values::patience)]
    pub max_time: Duration,

    /// Attempts of a checkout, the first included
    #[arg(long, value_name = "N", default_value_t = 10, help_heading = "Limits",
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub max_tries: u32,

    /// The schema that the shop's tables are made in, under this name, and that stays; it must not be
    /// there yet
    #[arg(long, value_name = "NAME", help_heading = "Database", value_parser = schema_name)]
    pub schema: Option<String>,

    #[command(flatten)]
    pub database: DatabaseArgs,

    #[command(flatten)]
    pub quiet: QuietArgs,
}
