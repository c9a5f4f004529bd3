//! The process of a service.

use std::io::{self, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use thiserror::Error;

use super::origin::ServiceOrigin;
use super::output::LastOutput;
use super::probe::{PROBE_MAX, probe as ask_once};
use crate::database::cluster::spawn_tied;
use crate::database::passed_on;

/// Between two probes, and two looks whether it has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How long a service may take to stop before it is killed.
const STOP_MAX: Duration = Duration::from_secs(5);

/// Ends the group of processes that it is told of, once the pipe ends without another word: then
/// `sim` itself was killed. The kernel would end only the first process of the group.
const GUARD: &str = "read -r group && { read -r word || kill -s KILL -- \"-$group\"; }";
const DISMISSED: &[u8] = b"over\n";

/// How a service is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceCommand {
    /// What `sh` is to carry out.
    pub words: String,
    /// Variables beside those that are passed on, `PORT` among them.
    pub variables: Vec<(String, String)>,
}

/// What a service is asked until it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The path of a GET.
    pub path: String,
    /// How long it may take until a reply comes whose status is below 500.
    pub within: Duration,
}

/// Why a service cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ServiceTrouble {
    /// It cannot be started.
    #[error("the service cannot be started: {0}")]
    NotStarted(String),
    /// Its process ended.
    #[error("the service ended ({status}){}", behind(.output))]
    Ended {
        /// How.
        status: String,
        /// Its last lines.
        output: String,
    },
    /// It does not do what is asked of it before any buyer comes.
    #[error("the service is not as the file says: {why}{}", behind(.output))]
    Refused {
        /// The request, and what came of it.
        why: String,
        /// Its last lines.
        output: String,
    },
    /// One that runs already does not do what is asked of it before any buyer comes.
    #[error("the service is not as the file says: {0}")]
    Differs(String),
    /// One that runs already does not answer the probe.
    #[error(
        "the service at {origin} does not answer as one that is ready: GET {path}: {why}; start it \
         before sim, or name a path in probe that it answers with a status below 500"
    )]
    Absent {
        /// Where it is to be.
        origin: String,
        /// The path of the probe.
        path: String,
        /// What came of it.
        why: String,
    },
    /// It does not answer the probe.
    #[error("the service was not ready after {seconds} s: GET {path}: {why}{}", behind(.output))]
    NotReady {
        /// How long was waited.
        seconds: f64,
        /// The path of the probe.
        path: String,
        /// What came of the last probe.
        why: String,
        /// Its last lines.
        output: String,
    },
}

fn behind(output: &str) -> String {
    match output {
        "" => ", and said nothing".into(),
        lines => format!("; it said last:\n{lines}"),
    }
}

/// A service that runs. Where it is dropped, it is killed with all that it started and that stayed
/// in its group of processes; where `sim` is killed, too.
#[derive(Debug)]
pub struct ServiceProcess {
    child: Child,
    /// `None` once it has been waited for.
    ended: Option<ExitStatus>,
    output: LastOutput,
    guard: Child,
    word: Option<ChildStdin>,
}

impl ServiceProcess {
    /// Starts it.
    ///
    /// # Errors
    /// [`ServiceTrouble::NotStarted`].
    pub fn start(command: &ServiceCommand) -> Result<Self, ServiceTrouble> {
        let failed = |error: io::Error| ServiceTrouble::NotStarted(error.to_string());
        let mut guard = Command::new("/bin/sh")
            .args(["-c", GUARD, "sim-service-guard"])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let word = guard.stdin.take();
        let (said, says) = io::pipe().map_err(failed)?;
        let mut sh = Command::new("/bin/sh");
        sh.arg("-c")
            .arg(&command.words)
            .env_clear()
            .envs(passed_on())
            .envs(command.variables.iter().map(|(name, value)| (name, value)))
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(says.try_clone().map_err(failed)?)
            .stderr(says);
        // The pipe's end that the command holds goes with it.
        let child = spawn_tied(sh, Signal::SIGKILL).map_err(failed)?;
        let output = LastOutput::default();
        output.follow(said);
        let mut process = Self {
            child,
            ended: None,
            output,
            guard,
            word,
        };
        let group = format!("{}\n", process.child.id());
        process.tell_guard(group.as_bytes());
        Ok(process)
    }

    /// A guard that was killed cannot be told; nothing depends on it as long as `sim` lives.
    fn tell_guard(&mut self, word: &[u8]) {
        if let Some(pipe) = &mut self.word {
            let _ = pipe.write_all(word);
        }
    }

    /// The number of its process, of which all that it starts descends.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks until it answers.
    ///
    /// # Errors
    /// [`ServiceTrouble::Ended`] or [`ServiceTrouble::NotReady`].
    pub async fn until_ready(
        &mut self,
        origin: &ServiceOrigin,
        probe: &Probe,
    ) -> Result<(), ServiceTrouble> {
        let began = Instant::now();
        loop {
            let left = probe.within.saturating_sub(began.elapsed());
            let time = PROBE_MAX.min(left.max(LOOK_AGAIN));
            let answered = ask_once(origin, &probe.path, time).await;
            // Before the answer counts: another process may listen where this one could not.
            if let Some(trouble) = self.has_ended() {
                return Err(trouble);
            }
            let Err(why) = answered else {
                return Ok(());
            };
            if began.elapsed() >= probe.within {
                return Err(ServiceTrouble::NotReady {
                    seconds: probe.within.as_secs_f64(),
                    path: probe.path.clone(),
                    why,
                    output: self.output.last_lines(),
                });
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// How it ended, if it did on its own.
    pub fn has_ended(&mut self) -> Option<ServiceTrouble> {
        let status = self.status()?;
        self.output.settle();
        Some(ServiceTrouble::Ended {
            status: in_words(status),
            output: self.output.last_lines(),
        })
    }

    fn status(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
        }
        self.ended
    }

    /// It runs, and does not do what is asked of it.
    pub(super) fn refuses(&self, why: String) -> ServiceTrouble {
        ServiceTrouble::Refused {
            why,
            output: self.output.last_lines(),
        }
    }

    /// Asks it to stop, and kills what is left of its group a few seconds later.
    pub async fn stop(mut self) {
        let asked = Instant::now();
        self.signal(Signal::SIGTERM);
        while self.status().is_none() && asked.elapsed() < STOP_MAX {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        // The rest is done where it is dropped.
    }

    fn signal(&self, signal: Signal) {
        // An empty group has nothing left to end.
        let _ = killpg(Pid::from_raw(self.child.id().cast_signed()), signal);
    }
}

impl Drop for ServiceProcess {
    fn drop(&mut self) {
        self.signal(Signal::SIGKILL);
        if self.ended.is_none() {
            let _ = self.child.wait();
        }
        self.tell_guard(DISMISSED);
        self.word = None;
        let _ = self.guard.wait();
    }
}

fn in_words(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}
