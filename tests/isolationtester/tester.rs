//! The program, where it is, and a run of it.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::fixture::Database;

/// Names the program.
const OVERRIDE: &str = "SIM_ISOLATIONTESTER";
/// Set where its absence is a failure.
const REQUIRED: &str = "SIM_REQUIRE_ISOLATIONTESTER";
/// Below the directory of a PostgreSQL's loadable modules.
const BELOW_PKGLIBDIR: &str = "pgxs/src/test/isolation/isolationtester";
/// Seconds after which a step is cancelled: no schedule may hang a test.
const STEP_S_MAX: &str = "60";

pub struct Tester(PathBuf);

impl Tester {
    /// `None`, and a line on standard error, where it is not installed.
    ///
    /// # Panics
    /// If it is not installed and must be.
    pub fn find() -> Option<Self> {
        if let Some(path) = path() {
            return Some(Self(path));
        }
        let advice = format!(
            "isolationtester is not installed (Debian: postgresql-client-15; or set {OVERRIDE})"
        );
        assert!(std::env::var_os(REQUIRED).is_none(), "{advice}");
        // Not `eprintln!`, which is kept back when a test passes.
        let _ = writeln!(std::io::stderr(), "\n*** NOT RUN: {advice} ***");
        None
    }

    /// What it says of one file, in an empty database.
    pub fn run(&self, database: &Database, spec: &str) -> String {
        let socket = database.socket();
        let host = socket.parent().unwrap().display();
        let name = database.name();
        let mut child = Command::new(&self.0)
            .arg(format!("host={host} user=postgres dbname={name}"))
            .env("PGISOLATIONTIMEOUT", STEP_S_MAX)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let sent = child.stdin.take().unwrap().write_all(spec.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let is_fine = sent.is_ok() && output.status.success() && stderr.is_empty();
        assert!(is_fine, "{}\n{stdout}\n{stderr}\n{spec}", output.status);
        stdout
    }
}

fn path() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(OVERRIDE) {
        let path = PathBuf::from(path);
        assert!(path.is_file(), "{OVERRIDE}: there is no {}", path.display());
        return Some(path);
    }
    let asked = Command::new("pg_config").arg("--pkglibdir").output().ok();
    let asked = asked.map(|said| PathBuf::from(String::from_utf8_lossy(&said.stdout).trim()));
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter();
    let mut installed: Vec<PathBuf> = versions
        .flatten()
        .flatten()
        .map(|version| version.path().join("lib"))
        .collect();
    installed.sort();
    let directories = asked.into_iter().chain(installed.into_iter().rev());
    directories
        .map(|directory| directory.join(BELOW_PKGLIBDIR))
        .find(|path| path.is_file())
}
