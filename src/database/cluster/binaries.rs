//! The server programs of one PostgreSQL. Only `initdb` and `postgres` are needed.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::account::{OsUser, prepare};

/// The oldest usable PostgreSQL: it is the first whose `postmaster.pid` tells when it is ready.
const MAJOR_MIN: u32 = 10;

/// A version of PostgreSQL, such as 15.13; the minor number of a beta is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerVersion {
    /// The major version.
    pub major: u32,
    /// The minor version.
    pub minor: u32,
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

impl ServerVersion {
    /// Reads the output of `postgres --version`: `postgres (PostgreSQL) 15.13 (Debian ...)`.
    fn parse(text: &str) -> Option<ServerVersion> {
        let number = text
            .split_once("(PostgreSQL)")?
            .1
            .split_whitespace()
            .next()?;
        let mut parts = number.split(|letter: char| !letter.is_ascii_digit());
        let major = parts.next()?.parse().ok()?;
        let minor = match number.contains('.') {
            true => parts.next()?.parse().ok()?,
            false => 0,
        };
        Some(ServerVersion { major, minor })
    }
}

/// The server programs of one PostgreSQL, by canonical path, known to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    initdb: PathBuf,
    postgres: PathBuf,
    version: ServerVersion,
}

impl Binaries {
    /// The `initdb` program.
    pub fn initdb(&self) -> &Path {
        &self.initdb
    }

    /// The `postgres` program.
    pub fn postgres(&self) -> &Path {
        &self.postgres
    }

    /// The version that `postgres` reports.
    pub fn version(&self) -> ServerVersion {
        self.version
    }

    /// The programs in `directory`, tried by asking for their version as the server's user.
    /// The error says what is missing or wrong there.
    pub(super) fn at(directory: &Path, account: Option<&OsUser>) -> Result<Binaries, String> {
        let program = |name: &str| {
            let path = directory.join(name);
            let path =
                fs::canonicalize(&path).map_err(|error| format!("no {name} there ({error})"))?;
            match account {
                Some(account) if !account.can_execute(&path) => Err(format!(
                    "{} is out of reach for the user {}",
                    path.display(),
                    account.name
                )),
                _ => Ok(path),
            }
        };
        let (initdb, postgres) = (program("initdb")?, program("postgres")?);
        ask_version(&initdb, account)?;
        let said = ask_version(&postgres, account)?;
        let version = ServerVersion::parse(&said)
            .ok_or_else(|| format!("{} reports no version", postgres.display()))?;
        if version.major < MAJOR_MIN {
            return Err(format!(
                "PostgreSQL {version} is too old, {MAJOR_MIN} is the oldest usable"
            ));
        }
        Ok(Binaries {
            initdb,
            postgres,
            version,
        })
    }
}

fn ask_version(program: &Path, account: Option<&OsUser>) -> Result<String, String> {
    let mut command = Command::new(program);
    prepare(&mut command, account);
    let output = command.arg("--version").current_dir("/").output();
    match output {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(format!(
                "{} does not run: {}",
                program.display(),
                said.trim()
            ))
        }
        Err(error) => Err(format!("{} does not run: {error}", program.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        let version = |text| ServerVersion::parse(text).map(|version| version.to_string());
        let debian = "postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)\n";
        assert_eq!(version(debian).as_deref(), Some("15.13"));
        assert_eq!(
            version("postgres (PostgreSQL) 19devel").as_deref(),
            Some("19.0")
        );
        assert_eq!(version("postgres (EnterpriseDB)"), None);
    }
}
