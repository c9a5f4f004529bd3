//! A run of the program.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::fixture::Database;
use crate::installed::{NOT_INSTALLED, isolationtester};

/// Set where its absence is a failure.
const REQUIRED: &str = "SIM_REQUIRE_ISOLATIONTESTER";
/// Seconds after which a step is cancelled: no schedule may hang a test.
const STEP_S_MAX: &str = "60";

pub struct Tester(PathBuf);

impl Tester {
    /// `None`, and a line on standard error, where it is not installed.
    ///
    /// # Panics
    /// If it is not installed and must be.
    pub fn find() -> Option<Self> {
        if let Some(path) = isolationtester() {
            return Some(Self(path));
        }
        assert!(std::env::var_os(REQUIRED).is_none(), "{NOT_INSTALLED}");
        // Not `eprintln!`, which is kept back when a test passes.
        let _ = writeln!(std::io::stderr(), "\n*** NOT RUN: {NOT_INSTALLED} ***");
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
