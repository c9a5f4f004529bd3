//! Starts children that must not outlive this process.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

type Job = Box<dyn FnOnce() + Send>;

/// The queue of the one thread that starts them. Linux ties a parent-death signal to the *thread*
/// that spawned the child, so a child of a short-lived thread (a test, a worker) would be killed
/// early; this thread lives until the process ends.
static KEEPER: OnceLock<Option<mpsc::Sender<Job>>> = OnceLock::new();

fn keeper() -> Option<&'static mpsc::Sender<Job>> {
    KEEPER
        .get_or_init(|| {
            let (sender, jobs) = mpsc::channel::<Job>();
            let work = move || jobs.into_iter().for_each(|job| job());
            thread::Builder::new()
                .name("cluster-keeper".into())
                .spawn(work)
                .ok()
                .map(|_| sender)
        })
        .as_ref()
}

/// Starts `command`; the kernel sends it `death` when this process ends in whatever way (Linux
/// only; elsewhere the reaper alone ends it).
///
/// # Errors
/// The program cannot be started.
pub fn spawn(mut command: Command, death: Signal) -> io::Result<Child> {
    die_with_us(&mut command, death);
    let (reply, answer) = mpsc::channel();
    let job: Job = Box::new(move || drop(reply.send(command.spawn())));
    keeper()
        .and_then(|keeper| keeper.send(job).ok())
        .and_then(|()| answer.recv().ok())
        .unwrap_or_else(|| Err(io::Error::other("the thread that starts children is gone")))
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn die_with_us(command: &mut Command, death: Signal) {
    use std::os::unix::process::CommandExt;

    let us = std::process::id();
    let arrange = move || {
        nix::sys::prctl::set_pdeathsig(death)?;
        // We may have died before the line above took effect.
        if nix::unistd::getppid().as_raw().cast_unsigned() != us {
            return Err(nix::errno::Errno::ESRCH.into());
        }
        Ok(())
    };
    // SAFETY: between fork and exec the closure makes two async-signal-safe system calls; it
    // neither allocates nor locks. It runs after the change of user, which would clear the signal.
    unsafe { command.pre_exec(arrange) };
}

#[cfg(not(target_os = "linux"))]
fn die_with_us(_: &mut Command, _: Signal) {}

/// Runs `command` to its end: how it ended and what it wrote to standard error. `started` learns
/// the process id at once. `None` for the status: it took longer than `limit` and was killed,
/// together with its process group if it leads one.
///
/// # Errors
/// The program cannot be started or waited for.
pub(super) fn run(
    mut command: Command,
    limit: Duration,
    started: impl FnOnce(u32),
) -> io::Result<(Option<ExitStatus>, String)> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = spawn(command, Signal::SIGKILL)?;
    started(child.id());
    let mut pipe = child.stderr.take();
    let (sender, said) = mpsc::channel();
    // A thread of its own: only so can waiting for the end of the output have a limit.
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = &mut pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    match said.recv_timeout(limit) {
        Ok(text) => Ok((Some(child.wait()?), text)),
        Err(_) => {
            let _ = killpg(Pid::from_raw(child.id().cast_signed()), Signal::SIGKILL);
            let _ = child.kill();
            child.wait()?;
            Ok((
                None,
                said.recv_timeout(Duration::from_secs(1))
                    .unwrap_or_default(),
            ))
        }
    }
}

/// How a child ended, in words; the bound when it was killed for being slow.
pub(super) fn describe(status: Option<ExitStatus>, limit: Duration) -> String {
    match status {
        Some(status) => status.to_string(),
        None => format!("stopped after {} s", limit.as_secs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn standard_error_and_the_status_come_back() {
        let (status, said) = run(
            shell("echo bad >&2; exit 3"),
            Duration::from_secs(10),
            |_| (),
        )
        .unwrap();
        assert_eq!((status.unwrap().code(), said.as_str()), (Some(3), "bad\n"));
    }

    #[test]
    fn a_slow_child_is_killed() {
        let limit = Duration::from_millis(50);
        let (status, _) = run(shell("exec sleep 60"), limit, |_| ()).unwrap();
        assert!(status.is_none());
    }

    #[test]
    fn a_child_outlives_the_thread_that_asked_for_it() {
        let ask = || spawn(shell("exec sleep 60"), Signal::SIGKILL).unwrap();
        let mut child = thread::spawn(ask).join().unwrap();
        thread::sleep(Duration::from_millis(50));
        assert!(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
