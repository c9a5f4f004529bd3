//! What every command does around its work on a database: start, clean up, and
//! say what went wrong.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, anyhow};
use tokio::runtime::{self, Runtime};

use super::args::ServerArgs;
use super::database::{Database, Wanted};
use super::exit;
use super::progress::Display;
use super::signals::Signals;
use super::worlds::Worlds;

/// Takes `PGOPTIONS` out of the environment of a command with a private server: the driver adds it
/// to every connection, and it would change what is measured. Every other variable is overridden
/// where that server is connected to.
#[allow(unsafe_code)]
fn forget_settings_of_sessions() {
    // SAFETY: nothing is started yet. The threads that there are listen for signals and write to
    // standard error; they read the environment through the standard library, which locks it.
    unsafe { std::env::remove_var("PGOPTIONS") };
}

/// Starts or finds the server; `None` if a signal asked for an end meanwhile.
/// Nothing has run by then, so nothing is to be finished: what has been started
/// ends with this process, as it does after SIGKILL.
pub(super) fn start(
    runtime: &Runtime,
    signals: &mut Signals,
    server: &ServerArgs,
    wanted: Wanted,
    display: Display,
) -> Result<Option<Database>> {
    let server = server.clone();
    if server.database_url.is_none() {
        forget_settings_of_sessions();
    }
    let ready = runtime.spawn_blocking(move || Database::ready(&server, wanted, display));
    runtime.block_on(async {
        tokio::select! {
            ready = ready => ready?.map(Some),
            () = signals.next() => {
                exit::warn("interrupted before anything ran");
                Ok(None)
            }
        }
    })
}

/// A stage for schedules: a server with the run's first schema, or the memory
/// of this process. `None` as [`start`].
pub(super) fn open_worlds(
    runtime: &Runtime,
    signals: &mut Signals,
    server: Option<&ServerArgs>,
    wanted: Wanted,
    display: Display,
) -> Result<Option<(Worlds, Option<Database>)>> {
    let Some(server) = server else {
        return Ok(Some((Worlds::Memory, None)));
    };
    let Some(mut database) = start(runtime, signals, server, wanted, display)? else {
        return Ok(None);
    };
    let worlds = runtime.block_on(async {
        tokio::select! {
            worlds = Worlds::on(&mut database) => Some(worlds),
            () = signals.next() => None,
        }
    });
    match worlds {
        Some(Ok(worlds)) => Ok(Some((worlds, Some(database)))),
        Some(Err(error)) => all_told(Err(error.into()), [clean_up(database, false, false)]),
        None => {
            exit::warn("interrupted before anything ran");
            // What the server was asked for last may still happen.
            let is_busy = database.may_be_there();
            database.keep_nothing();
            clean_up(database, false, is_busy).map(|()| None)
        }
    }
}

/// Cleans up, but not for ever: a server that does not answer is given up, and a
/// signal ends the waiting. What is left then is the guard's.
///
/// The second of two signals may come when the run that the first one stopped
/// is over already (`may_be_late`): it asks for nothing that is not being done.
///
/// `is_busy` as [`Database::clean_up`].
pub(super) fn clean_up(database: Database, may_be_late: bool, is_busy: bool) -> Result<()> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let left = database.left_behind();
    let cleaned = runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let asked_to_leave = async {
            if may_be_late {
                signals.next().await;
                exit::warn("cleaning up (again to leave at once)");
            }
            signals.next().await;
        };
        tokio::select! {
            cleaned = database.clean_up(is_busy) => cleaned,
            () = asked_to_leave => Err(anyhow!("interrupted while cleaning up: {left}")),
        }
    });
    runtime.shutdown_background();
    cleaned
}

/// Does what only this process is asked for, such as writing results, on a thread
/// of its own: a pipe that is not read, or a disk that does not answer, must not
/// make `sim` deaf. `None` at the second signal; what is not done by then is left.
pub(super) fn unless_hurried<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Option<T>> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let done = runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let work = tokio::task::spawn_blocking(work);
        tokio::select! {
            done = work => Ok(Some(done?)),
            () = signals.twice(|| {}, "the results are being written") => Ok(None),
        }
    });
    runtime.shutdown_background();
    done
}

/// Several things may have gone wrong: each is told, the first one last, by
/// the caller.
pub(super) fn all_told<T>(
    first: Result<T>,
    others: impl IntoIterator<Item = Result<()>>,
) -> Result<T> {
    let mut told = first;
    for error in others.into_iter().filter_map(Result::err) {
        match &told {
            Ok(_) => told = Err(error),
            Err(_) => exit::complain(&error),
        }
    }
    told
}

/// Seconds since 1970.
pub(super) fn now_unix_s() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
