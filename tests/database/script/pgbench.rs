//! A database of the test's own, and pgbench beside it.
//!
//! Its messages and its arithmetic are those of one major version. It comes with the
//! server on Debian, and not with the server that `sim` fetches.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::wire::Client;
use crate::common;

/// Names the program.
const OVERRIDE: &str = "SIM_PGBENCH";
/// Set where its absence is a failure.
const REQUIRED: &str = "SIM_REQUIRE_PGBENCH";
const MAJOR: &str = "15";
const NOT_INSTALLED: &str =
    "pgbench 15 is not installed (Debian: postgresql-15; or name it with SIM_PGBENCH)";

/// A database, pgbench, and a client that sends every value as text.
pub struct Bench {
    program: PathBuf,
    database: String,
    client: Client,
    home: TempDir,
}

impl Bench {
    /// `None`, and a line on standard error, where pgbench is not installed.
    ///
    /// # Panics
    /// If it is not installed and must be.
    pub fn start() -> Option<Self> {
        let Some(program) = installed() else {
            assert!(std::env::var_os(REQUIRED).is_none(), "{NOT_INSTALLED}");
            // Not `eprintln!`, which is kept back when a test passes.
            let _ = writeln!(std::io::stderr(), "\n*** NOT RUN: {NOT_INSTALLED} ***");
            return None;
        };
        let database = common::name();
        Client::of("postgres").table(&format!("CREATE DATABASE {database}"));
        Some(Self {
            program,
            client: Client::of(&database),
            database,
            home: tempfile::tempdir().expect("a directory"),
        })
    }

    /// A client of its own.
    pub fn client(&self) -> Client {
        Client::of(&self.database)
    }

    /// The rows of all statements of a text, a line each, with `|` between columns.
    ///
    /// # Panics
    /// If one of them fails.
    pub fn sql(&mut self, sql: &str) -> String {
        self.client.table(sql)
    }

    /// The exit code of pgbench, and what it said on standard error.
    pub fn pgbench(&self, text: &str, arguments: &[&str]) -> (Option<i32>, String) {
        let cluster = common::cluster();
        let file = self.home.path().join("script.sql");
        fs::write(&file, text).expect("written");
        let output = Command::new(&self.program)
            .args(["-n", "-c1", "-t1", "-Mextended", "-f"])
            .arg(&file)
            .args(arguments)
            .env_remove("PGOPTIONS")
            .env("PGHOST", cluster.socket_dir())
            .env("PGPORT", cluster.port().to_string())
            .env("PGUSER", cluster.superuser())
            .env("PGDATABASE", &self.database)
            .output()
            .expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    }
}

/// The program of the right version, where there is one.
///
/// # Panics
/// If the environment names a file that is none.
fn installed() -> Option<PathBuf> {
    let is_right = |program: &Path| {
        let said = Command::new(program).arg("--version").output();
        let said = said.map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
        said.is_ok_and(|said| said.contains(&format!("(PostgreSQL) {MAJOR}.")))
    };
    if let Some(path) = std::env::var_os(OVERRIDE) {
        let path = PathBuf::from(path);
        let found = path.display();
        assert!(is_right(&path), "{OVERRIDE}: {found} is no pgbench {MAJOR}");
        return Some(path);
    }
    let usual = format!("/usr/lib/postgresql/{MAJOR}/bin/pgbench");
    let candidates = [PathBuf::from(usual), PathBuf::from("pgbench")];
    candidates.into_iter().find(|path| is_right(path))
}
