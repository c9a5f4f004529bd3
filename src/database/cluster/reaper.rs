//! Two small `sh` processes that make and remove the cluster's directory and end what runs in it,
//! also when this process is killed: each reads a pipe that only we hold, and the kernel closes the
//! pipes when we end, in whatever way.
//!
//! The reaper is the caller's and makes the directory. The sweeper is the server's user's: it ends
//! what runs and removes what that user made. So root never walks through directories in which
//! another user may exchange names, which `rm -rf` does not survive everywhere; what is left for the
//! reaper are the few names that are known.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use super::account::OsUser;
use super::error::ClusterError;

/// What has to end before the directory is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guarded {
    /// Nothing runs.
    Nothing,
    /// `initdb`, leader of the process group with this id. It alone is killed: its child
    /// `postgres --boot` reads end of file, frees its shared memory and ends by itself.
    Initdb(u32),
    /// The server, leader of the process group with this id.
    Server(u32),
}

/// `$1` is the directory. The reaper makes it itself (`$2` is `make`), so that there is no moment at
/// which it exists and would stay; if one of that name is in the way, the reaper touches nothing.
/// Other users may pass through it, since the server has a directory in it. Where `$2` is `take`, the
/// directory is one that a killed `sim` left.
///
/// Both shells stay in the directory and name what is in it from there: once the directory is gone,
/// any user may put a link of its name into a base that all may write to.
///
/// What the reaper reads tells it only when to begin. It asks again until the sweeper is done, and
/// longer than the sweeper takes.
const REAPER: &str = r#"
trap '' HUP INT QUIT TERM PIPE
[ "$2" = take ] || mkdir -m 711 -- "$1" || exit 1
cd -- "$1" || exit 1
echo made
exec >/dev/null 2>&1
while read -r word; do :; done
tried=0
while
    rm -f -- pg/.s.*
    rmdir -- pg/data
    rmdir -- pg
    [ ! -e pg ] && rm -f -- log owner owner.new && rmdir -- "$1" && exit
    [ -e "$1" ] && [ "$tried" -lt 500 ]
do
    sleep 0.02
    [ "$tried" -lt 100 ] || sleep 0.03
    tried=$((tried + 1))
done
"#;

/// `$1` is the directory, in which the sweeper starts.
///
/// The sweeper knows a process id only until we have waited for that child, so the id cannot belong
/// to another process. Waiting ends early when the server's pid file is gone: in a container whose
/// first process never waits, a dead server stays a zombie for ever. Its processes have sessions of
/// their own, and are known by their working directory; one that was stopped goes on to its end. What
/// was killed has left the segment of shared memory that line 7 of the pid file names. A child that was being started
/// while we died may still write, and make the directory anew; so removal is tried again until it
/// stays away.
const SWEEPER: &str = r#"
trap '' HUP INT QUIT TERM PIPE
what=nothing pid=0
while read -r word number; do what=$word pid=$number; done
case $what in
initdb) kill -s KILL -- "$pid" ;;
server) kill -s QUIT -- "$pid"; kill -s CONT -- "$pid" ;;
esac
if [ "$what" != nothing ]; then
    waited=0
    while kill -s 0 -- "-$pid" && [ "$waited" -lt 500 ]; do
        if [ "$what" = server ] && [ ! -e pg/data/postmaster.pid ]; then break; fi
        sleep 0.02
        waited=$((waited + 1))
    done
    [ "$waited" -lt 500 ] || kill -s KILL -- "-$pid"
    for process in /proc/[0-9]*; do
        [ "$process/cwd" -ef pg/data ] && read -r name < "$process/comm" &&
            [ "$name" = postgres ] && kill -s KILL -- "${process#/proc/}"
    done
    segment=$(sed -n '7s/^ *[0-9]* *\([0-9]*\).*/\1/p' pg/data/postmaster.pid)
    [ -z "$segment" ] || ipcrm -m "$segment"
fi
tried=0
while rm -rf -- pg/data pg; [ -e pg ] && [ "$tried" -lt 100 ]; do
    sleep 0.1
    tried=$((tried + 1))
done
if [ "$what" != nothing ]; then
    sleep 0.2
    [ ! -L "$1" ] && [ -O "$1" ] && rm -rf -- "$1"
fi
"#;

/// Where the directory comes from.
#[derive(Debug, Clone, Copy)]
enum Origin {
    Made,
    Taken,
}

impl Origin {
    const fn word(self) -> &'static str {
        match self {
            Self::Made => "make",
            Self::Taken => "take",
        }
    }
}

/// One of the two shells, and the pipe that tells it of our end.
#[derive(Debug)]
struct Shell {
    child: Child,
    /// Closed on exec, as every pipe of the standard library, so no other child holds it open.
    pipe: Option<ChildStdin>,
}

impl Shell {
    /// It begins in the directory `start`; `says` is where both of its outputs lead.
    fn start(
        (name, script, start): (&str, &str, &Path),
        directory: &Path,
        origin: Origin,
        account: Option<&OsUser>,
        says: fn() -> Stdio,
    ) -> Result<Shell, ClusterError> {
        let mut path = OsString::from("/usr/bin:/bin:");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", script, name])
            .arg(directory)
            .arg(origin.word())
            .env("PATH", path)
            .env("LC_ALL", "C")
            .current_dir(start)
            .process_group(0) // Ctrl-C in the terminal must not reach it
            .stdin(Stdio::piped())
            .stdout(says())
            .stderr(says());
        if let Some(account) = account {
            account.run(&mut command);
        }
        let mut child = command.spawn().map_err(ClusterError::io("start /bin/sh"))?;
        let pipe = child.stdin.take();
        Ok(Shell { child, pipe })
    }
}

/// The running reaper with its sweeper. Dropping it closes the pipes and waits until they have
/// cleaned up.
#[derive(Debug)]
pub(super) struct Reaper {
    reaper: Shell,
    /// Started once the directory is made: it must not sweep another one.
    sweeper: Option<Shell>,
}

impl Reaper {
    /// Starts the reaper, which creates `directory`, and the sweeper, which runs as `account`.
    ///
    /// # Errors
    /// No shell, or the directory cannot be made (it exists, the disk is full).
    pub(super) fn start(
        directory: &Path,
        account: Option<&OsUser>,
    ) -> Result<Reaper, ClusterError> {
        Reaper::over(directory, Origin::Made, account)
    }

    /// As [`Reaper::start`], over a directory that a killed `sim` left, and in which nothing runs.
    ///
    /// # Errors
    /// No shell, or the directory is gone.
    pub(super) fn take_over(
        directory: &Path,
        account: Option<&OsUser>,
    ) -> Result<Reaper, ClusterError> {
        Reaper::over(directory, Origin::Taken, account)
    }

    fn over(
        directory: &Path,
        origin: Origin,
        account: Option<&OsUser>,
    ) -> Result<Reaper, ClusterError> {
        let doing = || format!("create {}", directory.display());
        let shell = ("sim-reaper", REAPER, Path::new("/"));
        let reaper = Shell::start(shell, directory, origin, None, Stdio::piped)?;
        let mut both = Reaper {
            reaper,
            sweeper: None,
        };
        let child = &mut both.reaper.child;
        let (answers, complaints) = (child.stdout.take(), child.stderr.take());

        let mut answer = String::new();
        answers
            .map_or(Ok(0), |pipe| BufReader::new(pipe).read_line(&mut answer))
            .map_err(ClusterError::io(doing()))?;
        if answer == "made\n" {
            let shell = ("sim-sweeper", SWEEPER, directory);
            let sweeper = Shell::start(shell, directory, origin, account, Stdio::null)?;
            both.sweeper = Some(sweeper);
            return Ok(both);
        }
        let mut why = String::new();
        complaints
            .map_or(Ok(0), |mut pipe| pipe.read_to_string(&mut why))
            .map_err(ClusterError::io(doing()))?;
        if why.contains(super::settings::DISK_FULL) {
            let parent = directory.parent().unwrap_or(directory);
            return Err(ClusterError::DiskFull {
                directory: parent.to_owned(),
            });
        }
        Err(ClusterError::Io {
            doing: doing(),
            cause: io::Error::other(why.trim().to_owned()),
        })
    }

    /// Tells the sweeper what to end. A sweeper that was killed cannot be told anything, and
    /// nothing depends on it while we live; so that is no error.
    pub(super) fn watch(&mut self, watched: Guarded) {
        let line = match watched {
            Guarded::Nothing => "nothing 0\n".to_owned(),
            Guarded::Initdb(pid) => format!("initdb {pid}\n"),
            Guarded::Server(pid) => format!("server {pid}\n"),
        };
        if let Some(pipe) = self.sweeper.as_mut().and_then(|it| it.pipe.as_mut()) {
            let _ = pipe.write_all(line.as_bytes());
        }
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        if let Some(sweeper) = &mut self.sweeper {
            sweeper.pipe = None;
        }
        self.reaper.pipe = None;
        let _ = self.reaper.child.wait();
        if let Some(sweeper) = &mut self.sweeper {
            // The directory is gone, or it does not go; and a process of its user may have stopped
            // the sweeper, which would be waited for in vain.
            let _ = sweeper.child.kill();
            let _ = sweeper.child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_makes_and_removes_the_directory() {
        let base = tempfile::tempdir().unwrap();
        let home = base.path().join("sim-x y'\"$");
        let reaper = Reaper::start(&home, None).unwrap();
        std::fs::create_dir_all(home.join("pg/data/base")).unwrap();
        for file in ["log", "pg/.s.PGSQL.1", "pg/else", "pg/data/base/file"] {
            std::fs::write(home.join(file), "").unwrap();
        }
        drop(reaper);
        assert!(!home.exists());
    }

    /// The attack: any user puts a link into the base, under the name of the directory, as soon as
    /// the directory is gone and while the shells still look.
    #[test]
    fn what_has_its_name_afterwards_is_left_alone() {
        let base = tempfile::tempdir().unwrap();
        let victim = base.path().join("victim");
        std::fs::create_dir_all(victim.join("pg/data")).unwrap();
        let files = ["log", "pg/data/file", "pg/.s.PGSQL.1"].map(|name| victim.join(name));
        for file in &files {
            std::fs::write(file, "").unwrap();
        }
        for round in 0..10 {
            let home = base.path().join(format!("sim-{round}"));
            let reaper = Reaper::start(&home, None).unwrap();
            std::fs::create_dir_all(home.join("pg/data")).unwrap();
            let (name, target) = (home.clone(), victim.clone());
            let attacker =
                std::thread::spawn(
                    move || {
                        while std::os::unix::fs::symlink(&target, &name).is_err() {}
                    },
                );
            drop(reaper);
            attacker.join().unwrap();
            assert!(files.iter().all(|file| file.exists()), "round {round}");
        }
    }

    #[test]
    fn it_leaves_the_directory_of_another_user_alone() {
        let base = tempfile::tempdir().unwrap();
        let refused = Reaper::start(base.path(), None).unwrap_err();
        assert!(refused.to_string().contains("exists"), "{refused}");
        assert!(base.path().exists());
    }

    #[test]
    fn it_ends_what_it_watches() {
        let base = tempfile::tempdir().unwrap();
        let mut reaper = Reaper::start(&base.path().join("sim-x"), None).unwrap();
        let mut child = Command::new("/bin/sh")
            .args(["-c", "exec sleep 60"])
            .process_group(0)
            .spawn()
            .unwrap();
        reaper.watch(Guarded::Initdb(child.id()));
        let waiter = std::thread::spawn(move || child.wait().unwrap());
        drop(reaper);
        assert!(!waiter.join().unwrap().success());
    }
}
