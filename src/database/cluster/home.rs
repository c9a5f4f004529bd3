//! The directory of one cluster: its names, and to which user each belongs.
//!
//! The server's user may be another than the caller, which is root then. That user may put links, pipes
//! and foreign files into its own directory at any moment, so root opens nothing there but through
//! descriptors, without following links, and believes nothing about what it finds.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{
    DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown,
};
use std::path::{Path, PathBuf};

use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use nix::unistd::Uid;

use super::account::OsUser;
use super::error::ClusterError;
use super::{postmaster, remains};

/// The part of the home that the server may write to.
pub(super) const INNER: &str = "pg";
pub(super) const DATA: &str = "data";
/// A file that is locked for as long as the process lives whose home this is.
pub(super) const OWNER: &str = "owner";
/// The same file before it is locked.
const NOT_YET_OWNER: &str = "owner.new";
const PID_FILE: &str = "postmaster.pid";
/// More than any `postmaster.pid` holds, in bytes.
const PID_FILE_BYTES_MAX: u64 = 8 * 1024;
/// How much of the end of the log is read, in bytes.
const TAIL_BYTES: usize = 16 * 1024;

/// The directory of one cluster, with a log and an inner directory for the server.
#[derive(Debug)]
pub(super) struct Home {
    path: PathBuf,
    inner: PathBuf,
    data: PathBuf,
    /// `inner`, as it was made: its name is never resolved again.
    directory: File,
    /// Reads the log through a description of its own, whose flags and position the server's user
    /// cannot change.
    log: File,
    /// Writes the log; for the server.
    writer: File,
    /// The user that the server runs as.
    server: u32,
    /// Device and inode of the home, which tell it from another one of its name.
    identity: (u64, u64),
    /// Locked until this process ends, in whatever way: another `sim` sees by it whether the
    /// home may be swept away.
    _owner: File,
}

impl Home {
    /// Furnishes the empty directory `path`, which is the caller's and in which only the caller and
    /// root may put names. What the server writes to then belongs to `account`.
    ///
    /// # Errors
    /// Something of that name is there, or the disk is full.
    pub(super) fn furnish(path: &Path, account: Option<&OsUser>) -> Result<Home, ClusterError> {
        let inner = path.join(INNER);
        let doing = |what: &Path| ClusterError::io(format!("create {}", what.display()));
        let home = open(path, OFlag::O_DIRECTORY)
            .and_then(|home| home.metadata())
            .map_err(doing(path))?;
        let owner = own(path).map_err(doing(&path.join(OWNER)))?;
        let log = path.join("log");
        let writer = OpenOptions::new()
            .append(true)
            .create_new(true) // O_EXCL follows no link
            .mode(0o600)
            .open(&log)
            .map_err(doing(&log))?;
        let log = open(&log, OFlag::empty()).map_err(doing(&log))?;
        let directory = DirBuilder::new()
            .mode(0o700)
            .create(&inner)
            .and_then(|()| open(&inner, OFlag::O_DIRECTORY))
            .map_err(doing(&inner))?;
        if let Some(account) = account {
            fchown(&directory, Some(account.uid), Some(account.gid)).map_err(ClusterError::io(
                format!("give {} to {}", inner.display(), account.name),
            ))?;
        }
        Ok(Home {
            data: inner.join(DATA),
            path: path.to_owned(),
            inner,
            directory,
            log,
            writer,
            server: account.map_or_else(|| Uid::effective().as_raw(), |account| account.uid),
            identity: (home.dev(), home.ino()),
            _owner: owner,
        })
    }

    /// The whole of it.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is still there, and not another one under its name.
    pub(super) fn exists(&self) -> bool {
        let found = fs::symlink_metadata(&self.path);
        found.is_ok_and(|found| (found.dev(), found.ino()) == self.identity)
    }

    /// Where the server may write: it holds the socket and the data directory.
    pub(super) fn inner(&self) -> &Path {
        &self.inner
    }

    /// The data directory.
    pub(super) fn data(&self) -> &Path {
        &self.data
    }

    /// The log, open for the server to write to.
    pub(super) fn log_writer(&self) -> io::Result<File> {
        self.writer.try_clone()
    }

    /// The last lines of the log; a remark where there are none. Bounded also while the server's
    /// user makes the log longer.
    pub(super) fn log_tail(&self) -> String {
        postmaster::last_lines(&self.log_end())
    }

    /// The end of the log as it is, which may begin within a line.
    pub(super) fn log_end(&self) -> String {
        let length = self.log.metadata().map_or(0, |found| found.len());
        let mut bytes = vec![0; TAIL_BYTES];
        let read = self
            .log
            .read_at(&mut bytes, length.saturating_sub(TAIL_BYTES as u64))
            .unwrap_or(0);
        String::from_utf8_lossy(&bytes[..read]).into_owned()
    }

    /// What `postmaster.pid` says; nothing unless it is a file of the server's user. A link is not
    /// followed, and a pipe is not waited for.
    pub(super) fn pid_file(&self) -> Option<String> {
        let data = at(&self.directory, DATA, OFlag::O_DIRECTORY).ok()?;
        pid_file_in(&data, self.server)
    }

    /// Ends what may still run in the data directory, and removes what only this server used:
    /// a server that ended by itself has left neither.
    pub(super) fn end_what_is_left(&self) {
        if let Ok(data) = at(&self.directory, DATA, OFlag::O_DIRECTORY) {
            let pid_file = pid_file_in(&data, self.server);
            remains::end(&data, self.server, pid_file.as_deref());
        }
    }

    /// Takes the inner directory back from `account` once the server has made its socket, which is
    /// the last name it puts there. From then on the path of the socket leads to that socket alone:
    /// a connection follows links.
    ///
    /// # Errors
    /// What is there is not of the server's making. Then `account` has it again, to remove it.
    pub(super) fn take_back(&self, account: Option<&OsUser>) -> Result<(), ClusterError> {
        let Some(account) = account else {
            return Ok(());
        };
        let taken = self.take(account);
        if taken.is_err() {
            // No name in it is used any more.
            let _ = fchown(&self.directory, Some(account.uid), Some(account.gid));
        }
        taken
    }

    fn take(&self, account: &OsUser) -> Result<(), ClusterError> {
        let doing = || ClusterError::io(format!("take back {}", self.inner.display()));
        let (us, ours) = (Uid::effective().as_raw(), nix::unistd::getegid().as_raw());
        fchown(&self.directory, Some(us), Some(ours)).map_err(doing())?;
        // The server's processes still pass through it.
        self.directory
            .set_permissions(Permissions::from_mode(0o711))
            .map_err(doing())?;
        for entry in fs::read_dir(&self.inner).map_err(doing())? {
            let entry = entry.map_err(doing())?;
            let found = entry.metadata().map_err(doing())?;
            let name = entry.file_name();
            let is_known = match found.is_dir() {
                true => name == DATA,
                // The socket and its lock file.
                false => name.as_encoded_bytes().starts_with(b".s.") && !found.is_symlink(),
            };
            if !is_known || found.uid() != account.uid {
                return Err(ClusterError::Tampered {
                    path: entry.path(),
                    user: account.name.clone(),
                });
            }
        }
        Ok(())
    }
}

/// Makes the file that says that the owner of this home lives. It is locked before it has its
/// name, so that no other `sim` ever finds it without a lock.
fn own(home: &Path) -> io::Result<File> {
    let unnamed = home.join(NOT_YET_OWNER);
    let owner = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unnamed)?;
    // A file system without locks: what is left on it is never swept away.
    if owner.lock().is_ok() {
        fs::rename(&unnamed, home.join(OWNER))?;
    }
    Ok(owner)
}

/// As [`Home::pid_file`], in this data directory of the user `server`.
pub(super) fn pid_file_in(data: &File, server: u32) -> Option<String> {
    let file = at(data, PID_FILE, OFlag::O_NONBLOCK).ok()?;
    let found = file.metadata().ok()?;
    if !found.is_file() || found.uid() != server {
        return None;
    }
    let mut text = String::new();
    file.take(PID_FILE_BYTES_MAX)
        .read_to_string(&mut text)
        .ok()?;
    Some(text)
}

/// Opens `path` for reading; its last component is no link.
pub(super) fn open(path: &Path, flags: OFlag) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags((flags | OFlag::O_NOFOLLOW).bits())
        .open(path)
}

/// Opens `name` in `directory` for reading, unless it is a link.
pub(super) fn at(directory: &File, name: &str, flags: OFlag) -> nix::Result<File> {
    let flags = flags | OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    openat(directory, name, flags, Mode::empty()).map(File::from)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::symlink;

    use super::*;

    fn furnished() -> (tempfile::TempDir, Home) {
        let base = tempfile::tempdir().unwrap();
        let home = Home::furnish(base.path(), None).unwrap();
        fs::create_dir(home.data()).unwrap();
        (base, home)
    }

    /// The attack: a link in the place of the log, planted before it is opened.
    #[test]
    fn a_log_that_is_there_already_is_refused() {
        let base = tempfile::tempdir().unwrap();
        let victim = base.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, base.path().join("log")).unwrap();
        assert!(Home::furnish(base.path(), None).is_err());
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        fs::remove_file(&victim).unwrap();
        assert!(Home::furnish(base.path(), None).is_err());
        assert!(!victim.exists(), "made through the link");
    }

    /// The attack: a link in the place of the inner directory, planted before it is made.
    #[test]
    fn an_inner_directory_that_is_there_already_is_refused() {
        let base = tempfile::tempdir().unwrap();
        symlink("/", base.path().join(INNER)).unwrap();
        assert!(Home::furnish(base.path(), None).is_err());
    }

    #[test]
    fn the_pid_file_is_read() {
        let (_base, home) = furnished();
        assert_eq!(home.pid_file(), None);
        fs::write(home.data().join(PID_FILE), "4711\n").unwrap();
        assert_eq!(home.pid_file().as_deref(), Some("4711\n"));
    }

    /// The attack: a pipe in the place of `postmaster.pid`, at which root would wait for ever.
    #[test]
    fn no_pipe_is_waited_for() {
        let (_base, home) = furnished();
        nix::unistd::mkfifo(&home.data().join(PID_FILE), Mode::S_IRWXU).unwrap();
        let (sender, answer) = std::sync::mpsc::channel();
        std::thread::spawn(move || sender.send(home.pid_file()));
        let answer = answer.recv_timeout(std::time::Duration::from_secs(20));
        assert_eq!(answer, Ok(None));
    }

    /// The attacks: a link in the place of `postmaster.pid`, or further up, which root would read.
    #[test]
    fn no_link_is_read_as_the_pid_file() {
        let (base, home) = furnished();
        let (pid_file, victim) = (home.data().join(PID_FILE), base.path().join("victim"));
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, &pid_file).unwrap();
        assert_eq!(home.pid_file(), None, "a link");
        fs::remove_file(&pid_file).unwrap();
        let elsewhere = base.path().join("elsewhere");
        fs::rename(home.data(), &elsewhere).unwrap();
        fs::write(elsewhere.join(PID_FILE), "precious").unwrap();
        symlink(&elsewhere, home.data()).unwrap();
        assert_eq!(home.pid_file(), None, "a link further up");
    }

    /// The attack: a hard link to another user's file, which no flag tells from a file.
    #[test]
    fn a_foreign_file_is_not_read_as_the_pid_file() {
        let (_base, mut home) = furnished();
        fs::write(home.data().join(PID_FILE), "precious").unwrap();
        home.server += 1;
        assert_eq!(home.pid_file(), None);
    }

    /// The attack: a `postmaster.pid` without end.
    #[test]
    fn the_pid_file_is_read_up_to_a_bound() {
        let (_base, home) = furnished();
        fs::write(home.data().join(PID_FILE), "x".repeat(1_000_000)).unwrap();
        assert_eq!(
            home.pid_file().unwrap().len() as u64,
            PID_FILE_BYTES_MAX,
            "and no more"
        );
    }

    /// The attack: a log of many gigabytes, or one that grows as fast as it is read.
    #[test]
    fn the_end_of_the_log_is_read_up_to_a_bound() {
        let (_base, home) = furnished();
        assert_eq!(home.log_tail(), "it said nothing");
        let mut writer = home.log_writer().unwrap();
        writer.set_len(1 << 40).unwrap();
        writer.write_all(b"\nthe end\n").unwrap();
        let tail = home.log_tail();
        assert!(tail.ends_with("\nthe end"), "{tail:?}");
        assert!(tail.len() <= TAIL_BYTES);
    }
}
