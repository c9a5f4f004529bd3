//! Notices a server that has stopped answering.
//!
//! A statement may wait for as long as another session holds a lock, so a call
//! that takes long is no sign by itself. Another connection asks the server what
//! the process behind the call is doing: one that waits for a lock is alive. One
//! that does not, or is not there, or a server that does not answer the question
//! either, is told of after [`TOLD_AFTER`] and given up when the patience ends.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError, Weak};
use std::time::Duration;
use std::{fmt, thread};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Row};
use tokio::time::timeout;

use super::link::{Backend, Call, Link, Pulse};
use super::{keepalive, sql};

/// How long a server may be silent before that is told.
pub const TOLD_AFTER: Duration = Duration::from_secs(5);

/// How long a server may be silent where `--patience` says nothing.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks at the calls that are under way.
const TICK: Duration = Duration::from_millis(250);

/// How long the server may take to say what its processes are doing; the answer
/// takes about a millisecond.
const LOOK_MAX: Duration = Duration::from_secs(1);

/// By which `pg_stat_activity` shows the watch.
const NAME: &str = "sim watch";

/// What hears of a silent server.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// Watches the calls of every connection to one server.
#[derive(Clone)]
pub(super) struct Watch(Arc<Shared>);

struct Shared {
    options: PgConnectOptions,
    address: String,
    patience: Duration,
    tell: Tell,
    clock: Arc<AtomicU64>,
    calls: Mutex<Vec<Weak<Call>>>,
    began: Once,
    /// Connections that are being opened and of which it was told.
    opening: AtomicU64,
    is_told: AtomicBool,
    is_over: AtomicBool,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watch").field(&self.0.address).finish()
    }
}

impl Watch {
    pub(super) fn new(
        options: PgConnectOptions,
        address: String,
        patience: Duration,
        tell: Tell,
    ) -> Self {
        Self(Arc::new(Shared {
            options,
            address,
            patience,
            tell,
            clock: Arc::new(AtomicU64::new(1)),
            calls: Mutex::default(),
            began: Once::new(),
            opening: AtomicU64::new(0),
            is_told: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        }))
    }

    pub(super) fn patience(&self) -> Duration {
        self.0.patience
    }

    /// Whether the server was given up: it is not asked for another connection.
    pub(super) fn is_over(&self) -> bool {
        self.0.is_over.load(Ordering::Relaxed)
    }

    /// A connection whose calls are watched from now on.
    pub(super) fn link(&self, inner: PgConnection, backend: Backend) -> Link {
        let (pulse, call) = Pulse::new(backend, &self.0.clock);
        self.0.calls().push(Arc::downgrade(&call));
        let shared = Arc::downgrade(&self.0);
        self.0.began.call_once(|| {
            let watching = thread::Builder::new().name("watch".into());
            // A system that gives no thread gives none to the run either.
            let _ = watching.spawn(move || go_round(&shared));
        });
        Link { inner, pulse }
    }

    /// Waits for a connection to be opened, but not for ever. `None`: the server
    /// has not answered for as long as the patience lasts.
    pub(super) async fn patiently<T>(&self, opening: impl Future<Output = T>) -> Option<T> {
        let shared = &self.0;
        let opening = timeout(shared.patience, async {
            let mut opening = std::pin::pin!(opening);
            match timeout(TOLD_AFTER, &mut opening).await {
                Ok(opened) => opened,
                Err(_) => {
                    shared.opening.fetch_add(1, Ordering::Relaxed);
                    shared.tell_silence();
                    let opened = opening.await;
                    shared.opening.fetch_sub(1, Ordering::Relaxed);
                    opened
                }
            }
        });
        let opened = opening.await.ok();
        if opened.is_none() {
            shared.is_over.store(true, Ordering::Relaxed);
        }
        opened
    }

    /// The reason that is given for what was given up.
    pub(super) fn reason(&self) -> String {
        self.0.reason()
    }
}

impl Shared {
    fn calls(&self) -> std::sync::MutexGuard<'_, Vec<Weak<Call>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell_silence(&self) {
        if !self.is_told.swap(true, Ordering::Relaxed) {
            (self.tell)(&format!(
                "no answer from {} for {} s; given up after {} s (--patience)",
                self.address,
                TOLD_AFTER.as_secs(),
                self.patience.as_secs_f64(),
            ));
        }
    }

    /// Only where it was told of silence, and nothing is waited for any more.
    fn tell_answer(&self) {
        let is_silent = self.opening.load(Ordering::Relaxed) > 0;
        let is_over = self.is_over.load(Ordering::Relaxed);
        if !is_silent && !is_over && self.is_told.swap(false, Ordering::Relaxed) {
            (self.tell)(&format!("{} answers again", self.address));
        }
    }

    fn reason(&self) -> String {
        format!("no answer for {} s", self.patience.as_secs_f64())
    }

    /// Calls that are under way, with the ticks that they have been silent for;
    /// what is closed is forgotten.
    fn silent_for(&self, ticks: u64) -> Vec<(Arc<Call>, u64)> {
        let mut calls = self.calls();
        calls.retain(|call| call.strong_count() > 0);
        let calls = calls.iter().filter_map(Weak::upgrade);
        calls
            .filter_map(|call| {
                let silent = call.silent_ticks()?;
                (silent >= ticks).then_some((call, silent))
            })
            .collect()
    }

    fn give_up(&self, calls: &[(Arc<Call>, u64)]) {
        self.is_over.store(true, Ordering::Relaxed);
        for (call, _) in calls {
            call.give_up(&self.reason());
        }
    }
}

const fn ticks(time: Duration) -> u64 {
    (time.as_millis() / TICK.as_millis()) as u64
}

/// What the server said of the processes behind silent calls.
enum Look {
    /// For each that is there, whether it waits for a session that may move.
    Seen(Vec<(Backend, bool)>),
    /// The server answers, but not this question: it has no room, for one.
    Refused,
    Silent,
}

/// Looks until no connection can come any more.
fn go_round(shared: &Weak<Shared>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else { return };
    let mut eyes = Eyes::default();
    loop {
        thread::sleep(TICK);
        let Some(shared) = shared.upgrade() else {
            return;
        };
        shared.clock.fetch_add(1, Ordering::Relaxed);
        runtime.block_on(eyes.look_round(&shared));
    }
}

/// What the watch looks with.
#[derive(Default)]
struct Eyes {
    connection: Option<PgConnection>,
    /// How many connections have keepalive set.
    kept_alive: usize,
    /// Server processes that were given up: what waits for one of them waits for
    /// ever.
    given_up: Vec<i32>,
}

impl Eyes {
    async fn look_round(&mut self, shared: &Shared) {
        let connections = shared.calls().len();
        if std::mem::replace(&mut self.kept_alive, connections) != connections {
            keepalive::set_everywhere(shared.patience);
        }
        // A little before it is told, so that it is told in time.
        let soon = TOLD_AFTER.saturating_sub(LOOK_MAX).min(shared.patience / 2);
        let silent = shared.silent_for(ticks(soon).max(1));
        if silent.is_empty() {
            self.connection = None;
            shared.tell_answer();
            return;
        }
        let longest = silent.iter().map(|(_, ticks)| *ticks).max().unwrap_or(0);
        match self.look(shared, &silent).await {
            Look::Refused => silent.iter().for_each(|(call, t)| call.is_alive(*t)),
            Look::Seen(seen) => self.judge(shared, &silent, &seen).await,
            Look::Silent => {
                if longest >= ticks(TOLD_AFTER) {
                    shared.tell_silence();
                }
                if longest >= ticks(shared.patience) {
                    shared.give_up(&silent);
                }
            }
        }
    }

    /// Asks the server. The question changes nothing, so a future of it may be
    /// dropped; the connection goes with it.
    async fn look(&mut self, shared: &Shared, silent: &[(Arc<Call>, u64)]) -> Look {
        let pids: Vec<i32> = silent.iter().map(|(call, _)| call.backend.pid).collect();
        let connection = self.connection.take();
        let asking = async {
            let mut connection = match connection {
                Some(connection) => connection,
                None => {
                    shared
                        .options
                        .clone()
                        .application_name(NAME)
                        .connect()
                        .await?
                }
            };
            let rows = sqlx::query(sql::STATE_OF_CALLS)
                .bind(pids)
                .bind(self.given_up.clone())
                .fetch_all(&mut connection)
                .await?;
            let seen = rows.iter().map(|row| {
                let (pid, started_us) = (row.try_get(0)?, row.try_get(1)?);
                Ok((Backend { pid, started_us }, row.try_get(2)?))
            });
            Ok((connection, seen.collect::<sqlx::Result<Vec<_>>>()?))
        };
        match timeout(LOOK_MAX, asking).await {
            Ok(Ok((connection, seen))) => {
                self.connection = Some(connection);
                Look::Seen(seen)
            }
            Ok(Err(sqlx::Error::Database(_))) => Look::Refused,
            Ok(Err(_)) | Err(_) => Look::Silent,
        }
    }

    async fn judge(
        &mut self,
        shared: &Shared,
        silent: &[(Arc<Call>, u64)],
        seen: &[(Backend, bool)],
    ) {
        for (call, silent_ticks) in silent {
            let found = seen.iter().find(|(backend, _)| *backend == call.backend);
            match found {
                Some((_, true)) => call.is_alive(*silent_ticks),
                None => call.give_up("the server process of the connection is gone"),
                Some((_, false)) => {
                    if *silent_ticks >= ticks(TOLD_AFTER) {
                        shared.tell_silence();
                    }
                    if *silent_ticks >= ticks(shared.patience) {
                        self.end(call.backend).await;
                        call.give_up(&shared.reason());
                    }
                }
            }
        }
    }

    /// Ends a server process whose reply is not waited for any more, with its
    /// locks. One that is stopped ends when it goes on.
    async fn end(&mut self, backend: Backend) {
        self.given_up.push(backend.pid);
        if let Some(mut connection) = self.connection.take() {
            let end = sqlx::query(sql::END_BACKEND)
                .bind(backend.pid)
                .bind(backend.started_us)
                .execute(&mut connection);
            if let Ok(Ok(_)) = timeout(LOOK_MAX, end).await {
                self.connection = Some(connection);
            }
        }
    }
}
