//! A set-up by a command of the user's.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::database::error::ServerError;
use crate::database::own_tables::SetUpError;
use crate::database::passed_on::passed_on;
use crate::database::postgres::server::PostgresServer;

/// Between two looks whether it has ended.
const LOOK: Duration = Duration::from_millis(20);
/// How much of its output is shown when it fails.
const LINES_SHOWN: usize = 20;
const BYTES_READ: u64 = 16 << 10;

/// Runs it to its end. Where this future is dropped, the command ends too.
pub(super) async fn carry_out(server: &PostgresServer, words: &str) -> Result<(), SetUpError> {
    let mut output = tempfile::tempfile().map_err(not_run)?;
    let command = prepare(server, words, &output).map_err(not_run)?;
    let status = run_to_end(command).await.map_err(not_run)?;
    match status.success() {
        true => Ok(()),
        false => Err(SetUpError::Command {
            status: describe(status),
            output: last_lines(&mut output),
        }),
    }
}

/// Runs a command to its end, in a group of its own: what it started ends with it. Where this future
/// is dropped, it ends too.
pub(super) async fn run_to_end(mut command: Command) -> std::io::Result<ExitStatus> {
    let mut running = Running(command.process_group(0).spawn()?);
    loop {
        match running.0.try_wait()? {
            Some(status) => return Ok(status),
            None => tokio::time::sleep(LOOK).await,
        }
    }
}

fn prepare(server: &PostgresServer, words: &str, output: &File) -> std::io::Result<Command> {
    let mut command = Command::new("sh");
    command.arg("-c").arg(words).env_clear().envs(passed_on());
    command
        .envs(server.access().variables())
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output.try_clone()?);
    Ok(command)
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(Some(_))) {
            return;
        }
        let _ = killpg(Pid::from_raw(self.0.id().cast_signed()), Signal::SIGKILL);
        let _ = self.0.wait();
    }
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}

fn last_lines(output: &mut File) -> String {
    let mut bytes = Vec::new();
    let length = output.metadata().map_or(0, |found| found.len());
    let from = SeekFrom::Start(length.saturating_sub(BYTES_READ));
    // What cannot be read is not shown.
    let _ = output
        .seek(from)
        .and_then(|_| output.read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n")
}

fn not_run(error: std::io::Error) -> SetUpError {
    SetUpError::Server(ServerError::Query {
        what: "run the set-up command",
        reason: error.to_string(),
        is_refusal: true,
    })
}
