//! What is left of runs that were killed together with everything that would have cleaned up after
//! them.
//!
//! A home is swept away only if it is known to be one whose owner is dead: a directory of the
//! caller's, with the name of a home, in a base in which other users may exchange no names, with a
//! file `owner` that no living process has locked. The kernel releases that lock when its process
//! ends, in whatever way, in whatever container; a process id could be another process's by now.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::unistd::Uid;

use super::account::OsUser;
use super::home::{DATA, INNER, OWNER, at, open, pid_file_in};
use super::reaper::Reaper;
use super::{place, remains};

/// Removes what dead runs of this user left where the next private server would live, and names it.
/// What cannot be removed is left: the run does not need it to be gone.
pub fn sweep() -> Vec<PathBuf> {
    let Ok(account) = OsUser::for_server() else {
        return Vec::new();
    };
    let next = place::choose(account.as_ref());
    let base = next.ok().and_then(|next| next.parent().map(Path::to_owned));
    base.map_or_else(Vec::new, |base| sweep_base(&base, account.as_ref()))
}

fn sweep_base(base: &Path, account: Option<&OsUser>) -> Vec<PathBuf> {
    let entries = fs::read_dir(base).into_iter().flatten().flatten();
    let homes = entries
        .filter(|entry| entry.file_name().to_str().is_some_and(place::is_name))
        .map(|entry| entry.path());
    homes
        .filter(|home| remove_if_dead(home, account) == Some(()))
        .collect()
}

/// `None` where the home is alive, not ours, or cannot be removed.
fn remove_if_dead(home: &Path, account: Option<&OsUser>) -> Option<()> {
    let us = Uid::effective().as_raw();
    let directory = open(home, OFlag::O_DIRECTORY).ok()?;
    // Held until the end: of several that sweep, one does it.
    let owner = at(&directory, OWNER, OFlag::O_NONBLOCK).ok()?;
    let is_ours = |file: &File| file.metadata().is_ok_and(|found| found.uid() == us);
    if !is_ours(&directory) || !is_ours(&owner) || owner.try_lock().is_err() {
        return None;
    }
    let server = account.map_or(us, |account| account.uid);
    let inner = at(&directory, INNER, OFlag::O_DIRECTORY);
    let data = inner.and_then(|inner| at(&inner, DATA, OFlag::O_DIRECTORY));
    if let Ok(data) = data {
        let pid_file = pid_file_in(&data, server);
        remains::end(&data, server, pid_file.as_deref());
    }
    // Dropped at once: it removes the directory.
    drop(Reaper::take_over(home, account).ok()?);
    (!home.exists()).then_some(())
}

#[cfg(test)]
mod tests {
    use super::super::home::Home;
    use super::*;

    const NAME: &str = "sim-0123456789abcdef";

    /// A home with some files in it; its owner lives as long as the first value.
    fn furnished(base: &Path, name: &str) -> (Home, PathBuf) {
        let path = base.join(name);
        fs::create_dir(&path).unwrap();
        let home = Home::furnish(&path, None).unwrap();
        fs::create_dir(home.data()).unwrap();
        fs::write(home.data().join("file"), "").unwrap();
        (home, path)
    }

    /// What goes in the end: a child that another test is about to start holds every lock of this
    /// process for a moment.
    fn swept_in_the_end(base: &Path) -> Vec<PathBuf> {
        let mut tries = (0..10_000).map(|_| sweep_base(base, None));
        tries.find(|swept| !swept.is_empty()).unwrap_or_default()
    }

    #[test]
    fn a_home_goes_when_its_owner_is_dead_and_not_before() {
        let base = tempfile::tempdir().unwrap();
        let (home, path) = furnished(base.path(), NAME);
        assert_eq!(sweep_base(base.path(), None), [] as [PathBuf; 0]);
        assert!(home.data().join("file").exists());
        drop(home);
        assert_eq!(swept_in_the_end(base.path()), std::slice::from_ref(&path));
        assert!(!path.exists());
    }

    #[test]
    fn what_only_looks_like_a_home_stays() {
        let base = tempfile::tempdir().unwrap();
        let elsewhere = base.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        let (home, victim) = furnished(&elsewhere, NAME);
        drop(home);
        std::os::unix::fs::symlink(&victim, base.path().join(NAME)).unwrap();
        // Without the mark of an owner, with a link in its place, and by another name.
        let unmarked = base.path().join("sim-00000000000000aa");
        fs::create_dir_all(unmarked.join("pg/data")).unwrap();
        let linked = base.path().join("sim-00000000000000bb");
        fs::create_dir_all(linked.join("pg/data")).unwrap();
        std::os::unix::fs::symlink(victim.join(OWNER), linked.join(OWNER)).unwrap();
        let (home, named) = furnished(base.path(), "sim-mine");
        drop(home);
        assert_eq!(sweep_base(base.path(), None), [] as [PathBuf; 0]);
        let kept = [victim.join("pg/data/file"), named.join("pg/data/file")];
        assert!(kept.iter().all(|file| file.exists()));
        assert!(unmarked.join("pg/data").exists() && linked.join("pg/data").exists());
    }

    #[test]
    fn a_foreign_home_stays() {
        if !Uid::effective().is_root() {
            eprintln!("not run: only root can give a directory away");
            return;
        }
        let base = tempfile::tempdir().unwrap();
        let (home, path) = furnished(base.path(), NAME);
        drop(home);
        for stranger in [path.join(OWNER), path.clone()] {
            std::os::unix::fs::chown(&stranger, Some(65_534), None).unwrap();
            assert_eq!(sweep_base(base.path(), None), [] as [PathBuf; 0]);
            std::os::unix::fs::chown(&stranger, Some(0), None).unwrap();
        }
        assert_eq!(swept_in_the_end(base.path()), [path]);
    }
}
