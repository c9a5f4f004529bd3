//! The user that the server runs as. PostgreSQL refuses to run as root.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::unistd::{Uid, User};

use super::error::ClusterError;

/// A user other than the caller, which the server runs as because the caller is root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OsUser {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl OsUser {
    /// `postgres`, else `nobody`, when the caller is root; `None` when the caller is an ordinary
    /// user, which runs the server as itself. Never an invented uid: it might belong to another user.
    ///
    /// # Errors
    /// The caller is root and neither user exists, or it is root only inside a user namespace that
    /// has no other user; or the machine cannot say.
    pub(super) fn for_server() -> Result<Option<OsUser>, ClusterError> {
        if !Uid::effective().is_root() {
            return Ok(None);
        }
        for name in ["postgres", "nobody"] {
            // A machine that is short of descriptors cannot be asked for its users.
            let user = User::from_name(name).map_err(|errno| errno.into());
            let user = user.map_err(ClusterError::io(format!("look for the user {name}")))?;
            let is_usable = |user: &User| !user.uid.is_root() && is_mapped(user.uid.as_raw());
            if let Some(user) = user.filter(is_usable) {
                return Ok(Some(OsUser {
                    name: user.name,
                    uid: user.uid.as_raw(),
                    gid: user.gid.as_raw(),
                }));
            }
        }
        Err(ClusterError::NoAccount)
    }

    /// Makes `command` run as this user. The standard library then also clears the supplementary
    /// groups, so nothing of root's stays.
    pub(super) fn run(&self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }

    /// Whether this user may enter `directory` and every directory above it.
    pub(super) fn can_reach(&self, directory: &Path) -> bool {
        let Ok(directory) = fs::canonicalize(directory) else {
            return false;
        };
        directory.ancestors().all(|step| self.may(step, 0o1))
    }

    /// Whether this user may read and execute `program`.
    pub(super) fn can_execute(&self, program: &Path) -> bool {
        let Ok(program) = fs::canonicalize(program) else {
            return false;
        };
        program
            .parent()
            .is_some_and(|directory| self.can_reach(directory))
            && self.may(&program, 0o5)
    }

    /// Whether the mode bits of `path` grant all of `wanted` (as in one octal digit).
    fn may(&self, path: &Path, wanted: u32) -> bool {
        let Ok(found) = fs::metadata(path) else {
            return false;
        };
        let shift = match () {
            () if found.uid() == self.uid => 6,
            () if found.gid() == self.gid => 3,
            () => 0,
        };
        (found.permissions().mode() >> shift) & wanted == wanted
    }
}

/// Whether this user namespace has the user `uid`. Elsewhere than on Linux there are none.
pub(super) fn is_mapped(uid: u32) -> bool {
    fs::read_to_string("/proc/self/uid_map").map_or(true, |map| maps(&map, uid))
}

/// Whether a `uid_map` maps `uid`: its lines hold the first uid inside, the first outside and the
/// count (user_namespaces(7)).
fn maps(map: &str, uid: u32) -> bool {
    let numbers = |line: &str| -> Vec<u64> {
        line.split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect()
    };
    map.lines().any(|line| match numbers(line)[..] {
        [first, _, count] => (first..first + count).contains(&u64::from(uid)),
        _ => false,
    })
}

/// Prepares `command` for a child of a private cluster: as the server's user, without the `PG*`
/// variables that would point it elsewhere, and with messages in one language.
pub(super) fn prepare(command: &mut Command, account: Option<&OsUser>) {
    if let Some(account) = account {
        account.run(command);
    }
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"PG") {
            command.env_remove(name);
        }
    }
    command.env("LC_ALL", "C").env_remove("LANGUAGE");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_directory_is_out_of_reach_for_others() {
        let directory = tempfile::tempdir().unwrap();
        let inner = directory.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let stranger = OsUser {
            name: "stranger".into(),
            uid: 64_000,
            gid: 64_000,
        };
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o711)).unwrap();
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o711)).unwrap();
        assert!(stranger.can_reach(&inner));
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert!(!stranger.can_reach(&inner));
    }

    #[test]
    fn a_namespace_may_know_only_root() {
        assert!(maps("         0          0 4294967295\n", 65_534));
        assert!(!maps("         0       1000          1\n", 65_534));
        assert!(maps("0 1000 1\n1 100000 65536\n", 101));
    }

    #[test]
    fn a_program_needs_read_and_execute() {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let program = directory.path().join("program");
        fs::write(&program, "").unwrap();
        let stranger = OsUser {
            name: "stranger".into(),
            uid: 64_000,
            gid: 64_000,
        };
        fs::set_permissions(&program, fs::Permissions::from_mode(0o750)).unwrap();
        assert!(!stranger.can_execute(&program));
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(stranger.can_execute(&program));
    }
}
