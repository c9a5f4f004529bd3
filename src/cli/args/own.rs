//! The flags of tables of the user's own.

use std::path::PathBuf;

use clap::Args;

/// Tables of the user's own, on which scripts run instead of the shop.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Your own tables")]
pub struct OwnArgs {
    /// A file of SQL that makes your tables, such as an unchanged pg_dump; more than once: one after
    /// the other. Scripts then run on them instead of the shop
    #[arg(long, value_name = "FILE", conflicts_with = "setup_command")]
    pub setup: Vec<PathBuf>,

    /// A command that makes your tables, such as 'rails db:schema:load': it finds the database in
    /// DATABASE_URL, PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE
    #[arg(long, value_name = "COMMAND")]
    pub setup_command: Option<String>,

    /// A SELECT that must answer no row, with a name for it; more than once
    #[arg(long, value_name = "NAME=SELECT", value_parser = pair)]
    pub invariant: Vec<(String, String)>,

    /// A variable that every script is given; more than once
    #[arg(long, short = 'D', value_name = "NAME=VALUE", value_parser = pair)]
    pub define: Vec<(String, String)>,

    /// An SQLSTATE that may reach a caller
    #[arg(long, value_name = "SQLSTATE", value_delimiter = ',')]
    pub allow: Vec<String>,

    /// A variable whose value a script shows its caller: it is compared with what a serial order
    /// shows
    #[arg(long, value_name = "VARIABLE", value_delimiter = ',')]
    pub show: Vec<String>,

    /// A table or a column that is not compared with serial orders
    #[arg(long, value_name = "TABLE[.COLUMN]", value_delimiter = ',')]
    pub ignore: Vec<String>,

    /// A column of which the rank is compared with serial orders, and not the value
    #[arg(long, value_name = "TABLE.COLUMN", value_delimiter = ',')]
    pub ordered: Vec<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it has no =")?;
    match name.trim() {
        "" => Err("nothing stands before the =".into()),
        name => Ok((name.into(), value.trim().into())),
    }
}
