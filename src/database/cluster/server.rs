//! The server process: start, wait until it is ready, stop.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use super::account::{OsUser, prepare};
use super::binaries::Binaries;
use super::error::ClusterError;
use super::home::Home;
use super::settings::ClusterSettings;
use super::{keeper, listening, postmaster};

/// A server is ready in about 60 ms; this is for machines that are very busy.
const READY_LIMIT: Duration = Duration::from_secs(30);
/// On SIGQUIT the server gives its own children 5 s before it kills them.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// Between two looks at the server.
const POLL: Duration = Duration::from_millis(2);

/// Starts the server of the cluster in `home`: `postgres` itself, not `pg_ctl`, so that we are its
/// parent and can wait for it.
///
/// # Errors
/// The log cannot be written or the program cannot be started.
pub(super) fn spawn(
    binaries: &Binaries,
    settings: &ClusterSettings,
    port: u16,
    account: Option<&OsUser>,
    home: &Home,
) -> Result<Child, ClusterError> {
    let log = || home.log_writer().map_err(ClusterError::io("write the log"));
    let (log, copy) = (log()?, log()?);
    let mut command = Command::new(binaries.postgres());
    prepare(&mut command, account);
    command.arg("-D").arg(home.data());
    for (name, value) in parameters(settings, port, home.inner()) {
        let mut assignment = OsString::from(name);
        assignment.push("=");
        assignment.push(value);
        command.arg("-c").arg(assignment);
    }
    command
        .current_dir(home.inner())
        .process_group(0) // Ctrl-C in the terminal must not reach it before us
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(copy);
    keeper::spawn(command, Signal::SIGQUIT).map_err(ClusterError::io(format!(
        "run {}",
        binaries.postgres().display()
    )))
}

fn parameters(settings: &ClusterSettings, port: u16, socket_dir: &Path) -> Vec<(String, OsString)> {
    let mut parameters: Vec<(String, OsString)> = vec![
        ("listen_addresses".into(), "".into()),
        ("port".into(), port.to_string().into()),
        ("unix_socket_directories".into(), quoted(socket_dir)),
        // The directory may let other users pass; the socket asks for no password.
        ("unix_socket_permissions".into(), "0700".into()),
        (
            "max_connections".into(),
            settings.max_connections.to_string().into(),
        ),
        // In the data directory, not in `/dev/shm`: what a killed server leaves goes with the
        // directory, and nothing there tells whose it was.
        ("dynamic_shared_memory_type".into(), "mmap".into()),
    ];
    if settings.listens {
        parameters.extend(listening::parameters());
    }
    let extra = settings
        .parameters
        .iter()
        .map(|(name, value)| (name.clone(), value.into()));
    parameters.extend(extra);
    parameters
}

/// `path` as one element of a PostgreSQL list, which would end at a comma.
fn quoted(path: &Path) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    let mut bytes = vec![b'"'];
    for &byte in path.as_os_str().as_bytes() {
        bytes.extend(if byte == b'"' {
            &b"\"\""[..]
        } else {
            std::slice::from_ref(&byte)
        });
    }
    bytes.push(b'"');
    OsString::from_vec(bytes)
}

/// Waits until the server in `home` accepts connections.
///
/// # Errors
/// It ended, or the limit is over; both with the last lines of its log.
pub(super) fn wait_until_ready(server: &mut Child, home: &Home) -> Result<(), ClusterError> {
    let started = Instant::now();
    loop {
        let ended = server
            .try_wait()
            .map_err(ClusterError::io("wait for the server"))?;
        if let Some(status) = ended {
            return Err(ClusterError::Exited {
                status: status.to_string(),
                log: home.log_tail(),
            });
        }
        // Absent or half written: not ready yet.
        let text = home.pid_file().unwrap_or_default();
        if postmaster::is_ready(&text, server.id()) {
            return Ok(());
        }
        if started.elapsed() > READY_LIMIT {
            return Err(ClusterError::NotReady {
                seconds: READY_LIMIT.as_secs(),
                log: home.log_tail(),
            });
        }
        thread::sleep(POLL);
    }
}

/// Ends the server with SIGQUIT, which skips the checkpoint of data that are thrown away; with
/// SIGKILL if that takes too long. One that was stopped is made to go on, to hear of it. It is
/// waited for: no zombie stays.
///
/// # Errors
/// It cannot be waited for.
pub(super) fn stop(server: &mut Child, home: &Home) -> Result<(), ClusterError> {
    let pid = Pid::from_raw(server.id().cast_signed());
    let failed = || ClusterError::io("wait for the server to end");
    let asked = Instant::now();
    let mut signal_sent = false;
    while server.try_wait().map_err(failed())?.is_none() {
        if !signal_sent {
            let _ = kill(pid, Signal::SIGQUIT);
            let _ = kill(pid, Signal::SIGCONT);
            signal_sent = true;
        } else if asked.elapsed() > STOP_LIMIT {
            let _ = killpg(pid, Signal::SIGKILL);
            server.wait().map_err(failed())?;
            break;
        }
        thread::sleep(POLL);
    }
    home.end_what_is_left();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_parameters_come_last() {
        let settings = ClusterSettings {
            parameters: vec![("max_connections".into(), "7".into())],
            ..ClusterSettings::default()
        };
        let all = parameters(&settings, 5432, Path::new("/tmp/sim-1"));
        assert_eq!(all.last(), Some(&("max_connections".into(), "7".into())));
    }

    #[test]
    fn a_socket_directory_is_one_element_of_the_list() {
        assert_eq!(quoted(Path::new("/tmp/a,b \"c")), r#""/tmp/a,b ""c""#);
    }
}
