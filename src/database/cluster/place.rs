//! Where the cluster's directory goes.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};

use nix::sys::statvfs::statvfs;
use nix::unistd::{AccessFlags, access};

use super::account::OsUser;
use super::error::ClusterError;
use super::home::INNER;
use super::trust;

/// The longest path of a unix socket, in bytes: `sun_path` less its closing NUL.
const SOCKET_BYTES_MAX: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// Less free space than this, in bytes, counts as a full disk.
const FULL_BELOW_BYTES: u64 = 1024 * 1024;

/// Why a base will not do.
enum Refused {
    /// The next one may.
    Useless(String),
    /// The user must know: what was asked for is dangerous, and another disk would measure other
    /// latencies.
    Dangerous(ClusterError),
}

/// A path for a new cluster directory, not made yet: under TMPDIR where the server's user can reach
/// it and the socket's path is short enough, else under `/tmp`.
///
/// # Errors
/// Neither will do, or the first that would is one in which other users may exchange names.
pub(super) fn choose(account: Option<&OsUser>) -> Result<PathBuf, ClusterError> {
    choose_from(&[std::env::temp_dir(), PathBuf::from("/tmp")], account)
}

fn choose_from(bases: &[PathBuf], account: Option<&OsUser>) -> Result<PathBuf, ClusterError> {
    // The standard library seeds each `RandomState` differently; no crate is needed for a name.
    let name = format!(
        "sim-{:016x}",
        RandomState::new().hash_one(std::process::id())
    );
    let mut refused: Vec<String> = Vec::new();
    for base in bases {
        match check(base, &name, account) {
            Ok(path) => return Ok(path),
            Err(Refused::Dangerous(error)) => return Err(error),
            Err(Refused::Useless(why)) => {
                let line = format!("{} {why}", base.display());
                if !refused.contains(&line) {
                    refused.push(line);
                }
            }
        }
    }
    let user = account
        .map_or("your user", |account| &account.name)
        .to_owned();
    Err(ClusterError::NoPlace {
        tried: refused.join("; "),
        user,
    })
}

/// Whether a home may have this name.
pub(super) fn is_name(name: &str) -> bool {
    let digits = name.strip_prefix("sim-").unwrap_or_default();
    let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    digits.len() == 16 && digits.chars().all(is_digit)
}

fn check(base: &Path, name: &str, account: Option<&OsUser>) -> Result<PathBuf, Refused> {
    let unusable = |error: io::Error| Refused::Useless(format!("cannot be used: {error}"));
    let base = base.canonicalize().map_err(unusable)?;
    let path = base.join(name);
    let bytes = path.join(INNER).join(socket_name()).as_os_str().len();
    if bytes > SOCKET_BYTES_MAX {
        return Err(Refused::Useless(format!(
            "makes a socket path of {bytes} bytes, {SOCKET_BYTES_MAX} at most"
        )));
    }
    access(&base, AccessFlags::W_OK | AccessFlags::X_OK)
        .map_err(|errno| Refused::Useless(format!("cannot be written to: {}", errno.desc())))?;
    if account.is_some_and(|account| !account.can_reach(&base)) {
        return Err(Refused::Useless("cannot be reached".to_owned()));
    }
    if let Err(danger) = trust::check(&base).map_err(unusable)? {
        return Err(Refused::Dangerous(ClusterError::Dangerous {
            directory: base,
            danger: danger.to_string(),
            variable: "TMPDIR",
        }));
    }
    Ok(path)
}

/// The longest name that PostgreSQL gives its socket.
pub(super) fn socket_name() -> String {
    format!(".s.PGSQL.{}", u16::MAX)
}

/// Whether the disk that holds `directory` is full.
pub(super) fn is_full(directory: &Path) -> bool {
    statvfs(directory).is_ok_and(|disk| {
        // The types of these fields differ between systems.
        #[allow(clippy::useless_conversion, clippy::unnecessary_cast)]
        let free = (disk.blocks_available() as u64).saturating_mul(disk.fragment_size() as u64);
        free < FULL_BELOW_BYTES || (disk.files() > 0 && disk.files_available() == 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_base_falls_back_to_the_next() {
        let base = tempfile::tempdir().unwrap();
        let long = base.path().join("x".repeat(90));
        std::fs::create_dir(&long).unwrap();
        let chosen = choose_from(&[long.clone(), base.path().to_owned()], None).unwrap();
        assert_eq!(
            chosen.parent(),
            Some(base.path().canonicalize().unwrap().as_path())
        );
        let refused = choose_from(&[long], None).unwrap_err().to_string();
        assert!(refused.contains("socket path of"), "{refused}");
    }

    #[test]
    fn the_bound_is_exact() {
        let base = tempfile::tempdir_in("/tmp").unwrap();
        let name = "sim-0123456789abcdef";
        let here = base.path().canonicalize().unwrap().as_os_str().len();
        let room = SOCKET_BYTES_MAX - here - name.len() - INNER.len() - socket_name().len() - 4;
        for (length, fits) in [(room, true), (room + 1, false)] {
            let inner = base.path().join("x".repeat(length));
            std::fs::create_dir(&inner).unwrap();
            assert_eq!(check(&inner, name, None).is_ok(), fits);
        }
    }

    #[test]
    fn an_unreachable_base_falls_back_to_the_next() {
        let stranger = OsUser {
            name: "stranger".into(),
            uid: 64_000,
            gid: 64_000,
        };
        let private = tempfile::tempdir().unwrap();
        std::fs::set_permissions(
            private.path(),
            std::os::unix::fs::PermissionsExt::from_mode(0o700),
        )
        .unwrap();
        let chosen = choose_from(&[private.path().to_owned(), "/tmp".into()], Some(&stranger));
        assert!(
            chosen
                .unwrap()
                .starts_with(Path::new("/tmp").canonicalize().unwrap())
        );
        assert!(choose_from(&[private.path().to_owned()], Some(&stranger)).is_err());
    }

    #[test]
    fn names_differ() {
        let bases = [PathBuf::from("/tmp")];
        assert_ne!(
            choose_from(&bases, None).unwrap(),
            choose_from(&bases, None).unwrap()
        );
    }
}
