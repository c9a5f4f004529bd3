//! Where PostgreSQL's isolationtester is.

use std::path::PathBuf;
use std::process::Command;

/// Names the program.
const OVERRIDE: &str = "SIM_ISOLATIONTESTER";
/// Below the directory of a PostgreSQL's loadable modules.
const BELOW_PKGLIBDIR: &str = "pgxs/src/test/isolation/isolationtester";

pub const NOT_INSTALLED: &str = "isolationtester is not installed (Debian: postgresql-client-15; \
                                 or name it with SIM_ISOLATIONTESTER)";

/// Its path, where it is installed.
///
/// # Panics
/// If the environment names a file that is not there.
pub fn isolationtester() -> Option<PathBuf> {
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
