//! A running private PostgreSQL.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::account::OsUser;
use super::binaries::Binaries;
use super::error::ClusterError;
use super::home::Home;
use super::reaper::{Guarded, Reaper};
use super::settings::{ClusterSettings, DISK_FULL, PORT, SUPERUSER};
use super::{initdb, listening, place, server};

/// A running private PostgreSQL. Dropping it stops the server and removes everything, quietly;
/// [`Cluster::stop`] does the same and reports what failed.
#[derive(Debug)]
pub struct Cluster {
    home: Home,
    port: u16,
    pid: u32,
    /// `None` once stopped.
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    server: Child,
    reaper: Reaper,
}

impl Cluster {
    /// Creates a cluster and starts its server; takes about 1.2 s of which `initdb` is most.
    /// As root the server runs as `postgres`, else as `nobody`; otherwise as the caller.
    ///
    /// # Errors
    /// No user or no directory for it, a full disk, or a server that does not start (for one, by a
    /// parameter that it does not know). Nothing is left behind.
    pub fn start(binaries: &Binaries, settings: &ClusterSettings) -> Result<Cluster, ClusterError> {
        let account = OsUser::for_server()?;
        let home = place::choose(account.as_ref())?;
        Cluster::open(binaries, settings, account.as_ref(), home)
    }

    fn open(
        binaries: &Binaries,
        settings: &ClusterSettings,
        account: Option<&OsUser>,
        path: PathBuf,
    ) -> Result<Cluster, ClusterError> {
        let base = path.parent().unwrap_or(&path).to_owned();
        // A failure below drops the reaper, which then removes the directory.
        let mut reaper = Reaper::start(&path, account)?;
        // Looked at here, while the directory still fills the disk.
        let on_full_disk = |error: ClusterError| {
            let text = error.to_string();
            match (place::is_full(&base), text.contains(DISK_FULL)) {
                (false, true) if text.contains("shared memory") => ClusterError::SharedMemoryFull,
                (false, false) => error,
                _ => ClusterError::DiskFull {
                    directory: base.clone(),
                },
            }
        };
        let home = Home::furnish(&path, account).map_err(on_full_disk)?;
        initdb::create(binaries, account, home.data(), &mut reaper).map_err(on_full_disk)?;
        let (server, port) =
            serve(binaries, settings, account, &home, &mut reaper).map_err(on_full_disk)?;
        let cluster = Cluster {
            home,
            port,
            pid: server.id(),
            running: Mutex::new(Some(Running { server, reaper })),
        };
        cluster.home.take_back(account)?;
        Ok(cluster)
    }

    /// The directory that holds the server's unix socket: the host to connect to.
    pub fn socket_dir(&self) -> &Path {
        self.home.inner()
    }

    /// The data directory.
    pub fn data_dir(&self) -> &Path {
        self.home.data()
    }

    /// The file that the server writes its messages to; for the caller alone.
    pub fn log(&self) -> PathBuf {
        self.home.path().join("log")
    }

    /// The role to connect as; trusted without a password.
    pub fn superuser(&self) -> &'static str {
        SUPERUSER
    }

    /// The port. It only names the socket, unless the server listens
    /// ([`ClusterSettings::listens`]).
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id of the server.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// How the server ended, with the last lines of its log, if it ended on its own; `None` while
    /// it runs.
    pub fn has_died(&self) -> Option<String> {
        let mut guard = self.running();
        let running = guard.as_mut()?;
        let status = running.server.try_wait().ok().flatten()?;
        // Its process id is free again from now on, so the reaper must forget it.
        running.reaper.watch(Guarded::Nothing);
        let log = self.home.log_tail();
        Some(format!("the private PostgreSQL ended ({status}): {log}"))
    }

    /// Says so if the disk that it lives on is full, or was when the server last complained: what
    /// could not be written is removed at once.
    pub fn has_no_space(&self) -> Option<ClusterError> {
        let base = self.home.path().parent()?;
        let is_full = place::is_full(base) || self.home.log_end().contains(DISK_FULL);
        is_full.then(|| ClusterError::DiskFull {
            directory: base.to_owned(),
        })
    }

    /// Stops the server at once, without a checkpoint, and removes the directory.
    ///
    /// # Errors
    /// The server cannot be ended, or the directory cannot be removed.
    pub fn stop(self) -> Result<(), ClusterError> {
        self.shut_down()
    }

    fn shut_down(&self) -> Result<(), ClusterError> {
        let Some(Running {
            mut server,
            mut reaper,
        }) = self.running().take()
        else {
            return Ok(());
        };
        let stopped = server::stop(&mut server, &self.home);
        if stopped.is_ok() {
            reaper.watch(Guarded::Nothing);
        }
        drop(reaper); // it removes the directory
        stopped?;
        let path = self.home.path();
        if !self.home.exists() {
            return Ok(());
        }
        // The reaper was killed, or it could not: try ourselves, and learn why. The standard
        // library follows no link on the way, whatever is exchanged meanwhile.
        std::fs::remove_dir_all(path).map_err(|cause| ClusterError::Remove {
            directory: path.to_owned(),
            cause,
        })
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        // A panic elsewhere does not make the processes any less ours to end.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A server that accepts connections, and its port. Of one that listens another port is tried
/// where a program took the first one just before it.
fn serve(
    binaries: &Binaries,
    settings: &ClusterSettings,
    account: Option<&OsUser>,
    home: &Home,
    reaper: &mut Reaper,
) -> Result<(Child, u16), ClusterError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let port = match settings.listens {
            true => listening::free_port()?,
            false => PORT,
        };
        let mut server = server::spawn(binaries, settings, port, account, home)?;
        reaper.watch(Guarded::Server(server.id()));
        match server::wait_until_ready(&mut server, home) {
            Ok(()) => return Ok((server, port)),
            Err(error) => {
                let _ = server::stop(&mut server, home);
                reaper.watch(Guarded::Nothing);
                if tries == listening::TRIES_MAX || !listening::is_taken(&error) {
                    return Err(error);
                }
            }
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.shut_down();
    }
}
