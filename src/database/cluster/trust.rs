//! Which directories keep what the caller makes in them.
//!
//! A path is as safe as the weakest directory on it: a user that may rename an entry of one of them
//! can put a link, or a directory of its own, in the place of what was made there. Root's `sim`
//! would write, read, run and remove whatever it leads to.

use std::fmt;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::{Gid, Group, Uid, User};

use super::account::is_mapped;

const STICKY: u32 = 0o1000;
const GROUP_WRITES: u32 = 0o020;
const OTHERS_WRITE: u32 = 0o002;

/// A directory in which another user may exchange what the caller makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Danger {
    directory: PathBuf,
    why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Why {
    /// It has this owner, which may rename its entries whatever the mode says.
    Owner(String),
    /// Others may write to it, and it is not sticky.
    Writable,
    /// It became a link, or a file, after the path was resolved.
    NoDirectory,
}

impl fmt::Display for Danger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let directory = self.directory.display();
        match &self.why {
            Why::Owner(owner) => write!(
                formatter,
                "{directory} belongs to {owner}, and its owner may put links in the place of what is made there; make it your own by chown"
            ),
            Why::Writable => write!(
                formatter,
                "other users may put links in the place of what is made in {directory}; protect it by chmod +t {directory}"
            ),
            Why::NoDirectory => write!(formatter, "{directory} was exchanged just now; try again"),
        }
    }
}

/// Checks that only root and the caller may exchange entries of `directory` and of every directory
/// above it, so that its path means the same from now on. `directory` is canonical.
///
/// From the top down: each answer is about the right directory because those above it passed.
///
/// # Errors
/// One of them cannot be looked at; the inner error is what is wrong with one of them.
pub(super) fn check(directory: &Path) -> io::Result<Result<(), Danger>> {
    let caller = Uid::effective();
    let mut steps: Vec<&Path> = directory.ancestors().collect();
    steps.reverse();
    for step in steps {
        let found = fs::symlink_metadata(step)?;
        if let Some(why) = danger(&found, caller) {
            return Ok(Err(Danger {
                directory: step.to_owned(),
                why,
            }));
        }
    }
    Ok(Ok(()))
}

fn danger(found: &Metadata, caller: Uid) -> Option<Why> {
    let owner = found.uid();
    // An owner from outside of this user namespace shows as one uid for all; in a sandbox that maps
    // one user it owns `/` itself.
    if owner != 0 && owner != caller.as_raw() && is_mapped(owner) {
        return Some(Why::Owner(user_name(owner)));
    }
    if !found.is_dir() {
        return Some(Why::NoDirectory);
    }
    let group_writes = found.mode() & GROUP_WRITES != 0 && !is_private(found.gid(), caller);
    let others_write = found.mode() & OTHERS_WRITE != 0;
    let is_sticky = found.mode() & STICKY != 0;
    ((group_writes || others_write) && !is_sticky).then_some(Why::Writable)
}

fn user_name(uid: u32) -> String {
    let user = User::from_uid(Uid::from_raw(uid)).ok().flatten();
    user.map_or_else(|| format!("the user {uid}"), |user| user.name)
}

/// Whether `group` is the one that many systems make for an ordinary user alone, with its name:
/// there a umask of 002 is the rule. Never so for root, which loses more and needs no such group.
fn is_private(group: u32, caller: Uid) -> bool {
    if caller.is_root() {
        return false;
    }
    let user = User::from_uid(caller).ok().flatten();
    let group = Group::from_gid(Gid::from_raw(group)).ok().flatten();
    match (user, group) {
        (Some(user), Some(group)) => {
            user.gid == group.gid
                && user.name == group.name
                && group.mem.iter().all(|member| *member == user.name)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    fn verdict(directory: &Path) -> Option<String> {
        check(directory)
            .unwrap()
            .err()
            .map(|danger| danger.to_string())
    }

    fn allow(directory: &Path, mode: u32) {
        fs::set_permissions(directory, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn others_may_write_only_where_it_is_sticky() {
        let base = tempfile::tempdir().unwrap();
        let base = base.path().canonicalize().unwrap();
        let inner = base.join("inner");
        fs::create_dir(&inner).unwrap();
        for (mode, is_safe) in [
            (0o700, true),
            (0o755, true),
            (0o1777, true),
            (0o777, false),
            (0o1757, true),
            (0o757, false),
            (0o702, false),
        ] {
            allow(&base, mode);
            assert_eq!(verdict(&base).is_none(), is_safe, "{mode:o}");
            assert_eq!(verdict(&inner).is_none(), is_safe, "below {mode:o}");
        }
        let said = verdict(&inner).unwrap();
        assert!(
            said.ends_with(&format!("chmod +t {}", base.display())),
            "{said}"
        );
    }

    #[test]
    fn a_group_may_write_only_where_it_is_sticky() {
        let base = tempfile::tempdir().unwrap();
        let base = base.path().canonicalize().unwrap();
        allow(&base, 0o1770);
        assert_eq!(verdict(&base), None);
        allow(&base, 0o770);
        let is_safe = is_private(fs::metadata(&base).unwrap().gid(), Uid::effective());
        assert_eq!(verdict(&base).is_none(), is_safe);
        assert!(!Uid::effective().is_root() || !is_safe);
    }

    #[test]
    fn the_owner_counts_whatever_the_mode() {
        if !Uid::effective().is_root() {
            eprintln!("not run: only root can give a directory away");
            return;
        }
        let base = tempfile::tempdir().unwrap();
        let base = base.path().canonicalize().unwrap();
        let inner = base.join("inner");
        fs::create_dir(&inner).unwrap();
        for mode in [0o700, 0o755, 0o1777] {
            allow(&base, mode);
            chown(&base, Some(65_534), None).unwrap();
            let said = verdict(&inner).unwrap();
            assert!(
                said.starts_with(&format!("{} belongs to ", base.display())),
                "{said}"
            );
            chown(&base, Some(0), None).unwrap();
            assert_eq!(verdict(&inner), None);
        }
    }

    #[test]
    fn a_link_is_no_directory() {
        let base = tempfile::tempdir().unwrap();
        let base = base.path().canonicalize().unwrap();
        symlink("/", base.join("link")).unwrap();
        assert!(verdict(&base.join("link")).is_some());
    }
}
