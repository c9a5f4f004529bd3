//! Creates the data directory.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::account::{OsUser, prepare};
use super::binaries::Binaries;
use super::error::ClusterError;
use super::reaper::{Guarded, Reaper};
use super::settings::SUPERUSER;
use super::{keeper, postmaster};

/// `initdb` takes about a second of one processor; this is for machines that are very busy.
const LIMIT: Duration = Duration::from_secs(120);

/// Tried in this order; `C.UTF-8` is not known everywhere.
const LOCALES: [&str; 2] = ["C.UTF-8", "C"];

/// Runs `initdb` for the data directory `data`, whose parent exists, as `account`.
///
/// # Errors
/// It cannot be started, fails, or is too slow.
pub(super) fn create(
    binaries: &Binaries,
    account: Option<&OsUser>,
    data: &Path,
    reaper: &mut Reaper,
) -> Result<(), ClusterError> {
    let mut failure = ClusterError::Initdb {
        status: "not run".to_owned(),
        output: String::new(),
    };
    for locale in LOCALES {
        let command = command(binaries, account, data, locale);
        let ended = keeper::run(command, LIMIT, |pid| reaper.watch(Guarded::Initdb(pid)));
        reaper.watch(Guarded::Nothing);
        let (status, output) = ended.map_err(ClusterError::io(format!(
            "run {}",
            binaries.initdb().display()
        )))?;
        if status.is_some_and(|status| status.success()) {
            return Ok(());
        }
        failure = ClusterError::Initdb {
            status: keeper::describe(status, LIMIT),
            output: postmaster::last_lines(&output),
        };
        if !output.contains("locale") {
            break;
        }
    }
    Err(failure)
}

fn command(binaries: &Binaries, account: Option<&OsUser>, data: &Path, locale: &str) -> Command {
    let mut command = Command::new(binaries.initdb());
    prepare(&mut command, account);
    command
        .arg("--no-sync") // the directory is thrown away after the run
        .arg(format!("--locale={locale}"))
        .args([
            "--encoding=UTF8",
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
        ])
        .arg(format!("--username={SUPERUSER}"))
        .arg("-D")
        .arg(data)
        .current_dir(data.parent().unwrap_or(data))
        .process_group(0);
    command
}
