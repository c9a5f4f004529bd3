//! A small `sh` process that makes and removes the cluster's directory and ends what runs in it,
//! also when this process is killed: it reads a pipe that only we hold, and the kernel closes the
//! pipe when we end, in whatever way.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use super::Error;

/// What the reaper has to end before it removes the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Watched {
    /// Nothing runs.
    Nothing,
    /// `initdb`, leader of the process group with this id. It alone is killed: its child
    /// `postgres --boot` reads end of file, frees its shared memory and ends by itself.
    Initdb(u32),
    /// The server, leader of the process group with this id.
    Server(u32),
}

/// `$1` is the directory. The reaper makes it itself, so that there is no moment at which it exists
/// and nobody would remove it; if somebody else's is in the way, it touches nothing.
///
/// It knows a process id only until we have waited for that child, so the id cannot belong to
/// another process. Waiting ends early when the server's pid file is gone: in a container whose
/// first process never waits, a dead server stays a zombie for ever. A child that was being started
/// while we died may still write; so removal is tried again until the directory stays away.
const SCRIPT: &str = r#"
trap '' HUP INT QUIT TERM PIPE
mkdir -m 700 -- "$1" || exit 1
echo made
exec >/dev/null 2>&1
what=nothing pid=0
while read -r word number; do what=$word pid=$number; done
case $what in
initdb) kill -s KILL -- "$pid" ;;
server) kill -s QUIT -- "$pid" ;;
esac
if [ "$what" != nothing ]; then
    waited=0
    while kill -s 0 -- "-$pid" && [ "$waited" -lt 500 ]; do
        if [ "$what" = server ] && [ ! -e "$1/data/postmaster.pid" ]; then break; fi
        sleep 0.02
        waited=$((waited + 1))
    done
    [ "$waited" -lt 500 ] || kill -s KILL -- "-$pid"
fi
tried=0
while rm -rf -- "$1"; [ -e "$1" ] && [ "$tried" -lt 100 ]; do
    sleep 0.1
    tried=$((tried + 1))
done
if [ "$what" != nothing ]; then sleep 0.2; rm -rf -- "$1"; fi
"#;

/// The running reaper. Dropping it closes the pipe and waits until it has cleaned up.
#[derive(Debug)]
pub(super) struct Reaper {
    child: Child,
    /// Closed on exec, as every pipe of the standard library, so no other child holds it open.
    pipe: Option<ChildStdin>,
}

impl Reaper {
    /// Starts the reaper, which creates `directory` with mode 0700. It stays the caller's user:
    /// root must be able to delete what the server's user wrote.
    ///
    /// # Errors
    /// No shell, or the directory cannot be made (it exists, the disk is full).
    pub(super) fn start(directory: &Path) -> Result<Reaper, Error> {
        let doing = || format!("create {}", directory.display());
        let mut path = OsString::from("/usr/bin:/bin:");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let mut child = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "sim-reaper"])
            .arg(directory)
            .env("PATH", path)
            .env("LC_ALL", "C")
            .current_dir("/")
            .process_group(0) // Ctrl-C in the terminal must not reach it
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(Error::io("start /bin/sh"))?;
        let pipe = child.stdin.take();
        let (answers, complaints) = (child.stdout.take(), child.stderr.take());
        let reaper = Reaper { child, pipe };

        let mut answer = String::new();
        answers
            .map_or(Ok(0), |pipe| BufReader::new(pipe).read_line(&mut answer))
            .map_err(Error::io(doing()))?;
        if answer == "made\n" {
            return Ok(reaper);
        }
        let mut why = String::new();
        complaints
            .map_or(Ok(0), |mut pipe| pipe.read_to_string(&mut why))
            .map_err(Error::io(doing()))?;
        if why.contains(super::DISK_FULL) {
            let parent = directory.parent().unwrap_or(directory);
            return Err(Error::DiskFull {
                directory: parent.to_owned(),
            });
        }
        Err(Error::Io {
            doing: doing(),
            source: io::Error::other(why.trim().to_owned()),
        })
    }

    /// Tells the reaper what to end. A reaper that somebody killed cannot be told anything, and
    /// nothing depends on it while we live; so that is no error.
    pub(super) fn watch(&mut self, watched: Watched) {
        let line = match watched {
            Watched::Nothing => "nothing 0\n".to_owned(),
            Watched::Initdb(pid) => format!("initdb {pid}\n"),
            Watched::Server(pid) => format!("server {pid}\n"),
        };
        if let Some(pipe) = &mut self.pipe {
            let _ = pipe.write_all(line.as_bytes());
        }
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        self.pipe = None;
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_makes_and_removes_the_directory() {
        let base = tempfile::tempdir().unwrap();
        let home = base.path().join("sim-x y'\"$");
        let reaper = Reaper::start(&home).unwrap();
        std::fs::write(home.join("file"), "").unwrap();
        drop(reaper);
        assert!(!home.exists());
    }

    #[test]
    fn it_leaves_the_directory_of_somebody_else_alone() {
        let base = tempfile::tempdir().unwrap();
        let refused = Reaper::start(base.path()).unwrap_err();
        assert!(refused.to_string().contains("exists"), "{refused}");
        assert!(base.path().exists());
    }

    #[test]
    fn it_ends_what_it_watches() {
        let base = tempfile::tempdir().unwrap();
        let mut reaper = Reaper::start(&base.path().join("sim-x")).unwrap();
        let mut child = Command::new("/bin/sh")
            .args(["-c", "exec sleep 60"])
            .process_group(0)
            .spawn()
            .unwrap();
        reaper.watch(Watched::Initdb(child.id()));
        let waiter = std::thread::spawn(move || child.wait().unwrap());
        drop(reaper);
        assert!(!waiter.join().unwrap().success());
    }
}
