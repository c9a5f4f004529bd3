//! The directory that keeps a fetched PostgreSQL between runs.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::unistd::{Uid, User};
use tempfile::TempDir;

use super::account::OsUser;
use super::error::ClusterError;
use super::trust;

/// The start of the name of a directory that something is fetched into.
const STAGING: &str = "staging-";

/// A new directory in `cache` to fetch into; removed when dropped.
pub(super) fn staging(cache: &Path) -> Result<TempDir, ClusterError> {
    let doing = || ClusterError::io(format!("write to {}", cache.display()));
    let staging = tempfile::Builder::new()
        .prefix(STAGING)
        .tempdir_in(cache)
        .map_err(doing())?;
    // Whatever the umask: the server's user must be able to try what is unpacked in it.
    fs::set_permissions(staging.path(), Permissions::from_mode(0o755)).map_err(doing())?;
    Ok(staging)
}

/// Lets every user read `directory` and run what is in `programs`: a zip keeps no modes, and the
/// server's user may be another than the one that fetches.
pub(super) fn open_up(directory: &Path, programs: &Path) -> io::Result<()> {
    fs::set_permissions(directory, Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            open_up(&entry.path(), programs)?;
        } else if kind.is_file() {
            let mode = if directory == programs { 0o755 } else { 0o644 };
            fs::set_permissions(entry.path(), Permissions::from_mode(mode))?;
        }
    }
    Ok(())
}

/// Keeps other `sim`s from fetching at the same time, until the file is closed; and removes what a
/// killed one left, which no process uses any more.
pub(super) fn lock(cache: &Path) -> Result<File, ClusterError> {
    let path = cache.join("lock");
    let doing = || ClusterError::io(format!("lock {}", path.display()));
    let file = File::create(&path).map_err(doing())?;
    file.lock().map_err(doing())?;
    for entry in fs::read_dir(cache).map_err(doing())?.flatten() {
        if entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(STAGING.as_bytes())
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    Ok(file)
}

/// Creates `directory` and what is missing above it, open to readers whatever the umask.
///
/// # Errors
/// It cannot be made, or other users may exchange what is made there.
pub(super) fn make_directory(directory: &Path) -> Result<(), ClusterError> {
    let missing: Vec<&Path> = directory
        .ancestors()
        .take_while(|path| !path.exists())
        .collect();
    let existing = directory.ancestors().nth(missing.len());
    trusted(existing.unwrap_or(directory))?;
    for path in missing.into_iter().rev() {
        fs::create_dir(path)
            .or_else(|error| if path.is_dir() { Ok(()) } else { Err(error) })
            .and_then(|()| fs::set_permissions(path, Permissions::from_mode(0o755)))
            .map_err(ClusterError::io(format!("create {}", path.display())))?;
    }
    Ok(())
}

/// `directory` without links, if only root and the caller may exchange what is in it: programs are
/// run from it, and files are written to it by name.
///
/// # Errors
/// It is not there, or other users may do so.
pub(super) fn trusted(directory: &Path) -> Result<PathBuf, ClusterError> {
    let doing = || ClusterError::io(format!("look at {}", directory.display()));
    let directory = directory.canonicalize().map_err(doing())?;
    match trust::check(&directory).map_err(doing())? {
        Ok(()) => Ok(directory),
        Err(danger) => Err(ClusterError::Dangerous {
            directory,
            danger: danger.to_string(),
            variable: "XDG_CACHE_HOME",
        }),
    }
}

/// Where the cache is; see [`super::fetch`]. It need not exist yet.
///
/// # Errors
/// An ordinary user without a home directory.
pub(super) fn directory(account: Option<&OsUser>) -> Result<PathBuf, ClusterError> {
    let variable = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let home = || {
        let user = || {
            User::from_uid(Uid::effective())
                .ok()
                .flatten()
                .map(|user| user.dir)
        };
        variable("HOME").or_else(user)
    };
    let users = variable("XDG_CACHE_HOME").or_else(|| Some(home()?.join(".cache")));
    // Root's own cache serves as well as one in which an ordinary user could plant links: `sudo`
    // may keep the HOME of such a user.
    let fits = |path: &PathBuf| {
        let existing = path.ancestors().find(|step| step.exists());
        account.is_none_or(|account| {
            existing.is_some_and(|step| account.can_reach(step) && trusted(step).is_ok())
        })
    };
    match (users.filter(fits), account) {
        (Some(users), _) => Ok(users.join("checkout-sim")),
        (None, Some(_)) => Ok(PathBuf::from("/var/cache/checkout-sim")),
        (None, None) => Err(ClusterError::Io {
            doing: "find a cache directory".to_owned(),
            cause: io::Error::other("set XDG_CACHE_HOME or HOME"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{chown, symlink};

    use super::*;

    /// The attack: links in a cache directory that another user may write to, which root or the
    /// caller would follow.
    #[test]
    fn a_cache_of_others_is_refused() {
        let base = tempfile::tempdir().unwrap();
        let cache = base.path().join("cache");
        fs::create_dir(&cache).unwrap();
        let cache = cache.canonicalize().unwrap();
        assert_eq!(trusted(&cache).unwrap(), cache);
        symlink(&cache, base.path().join("link")).unwrap();
        assert_eq!(trusted(&base.path().join("link")).unwrap(), cache);

        fs::set_permissions(&cache, Permissions::from_mode(0o777)).unwrap();
        let refused = trusted(&cache).unwrap_err().to_string();
        assert!(refused.contains("XDG_CACHE_HOME"), "{refused}");
        fs::set_permissions(&cache, Permissions::from_mode(0o755)).unwrap();
        if Uid::effective().is_root() {
            chown(&cache, Some(65_534), None).unwrap();
            assert!(trusted(&cache).is_err());
        } else {
            eprintln!("not run: only root can give a directory away");
        }
    }
}
