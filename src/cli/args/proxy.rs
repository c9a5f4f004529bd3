//! The flags of `proxy`.

use clap::Args;

pub const PROXY_EXAMPLES: &str = "\
Examples:
  sim proxy --database-url postgres://me@localhost/shop
  sim proxy --database-url postgres://me@localhost/shop --port 6543 --steps

  DATABASE_URL=postgres://me@127.0.0.1:6543/shop ./my-application

Clients prove their identity to the database itself, as they would without the proxy. \
TLS is not spoken on either side. Ctrl-C ends all connections.";

/// The flags of `proxy`.
#[derive(Debug, Args)]
pub struct ProxyArgs {
    /// The PostgreSQL behind it, on this machine; roles, passwords and databases are for the
    /// clients to name
    #[arg(
        long,
        value_name = "URL",
        env = "SIM_DATABASE_URL",
        hide_env = true,
        hide_env_values = true
    )]
    pub database_url: String,

    /// The port on 127.0.0.1; 0 takes a free one, and it is printed
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub port: u16,

    /// Split each statement outside a transaction into its steps, as stepping does: execution and
    /// commit
    #[arg(long)]
    pub steps: bool,
}
