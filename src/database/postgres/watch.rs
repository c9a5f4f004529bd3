//! Notices a server that has stopped answering.
//!
//! A statement may wait for as long as another session holds a lock, so a call
//! that takes long is no sign by itself. Another connection, open from the start,
//! asks the server what the process behind the call is doing: one that waits for a
//! lock is alive. One that does not, or is not there, or a server that does not
//! answer the question either, is told of after [`TOLD_AFTER`] and given up when
//! the patience ends.
//!
//! Time is counted in ticks that pass only while this process runs: a laptop that
//! slept, or a `sim` that was stopped, has waited for nothing.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use std::{fmt, thread};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::eyes::{CallState, Eyes, Look};
use super::keepalive;
use super::link::{Call, Link, Pulse, Silent, TICK};
use crate::database::fingerprint::Backend;
use crate::database::patience::{PATIENCE, TOLD_AFTER, Tell};

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
    has_begun: AtomicBool,
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
            has_begun: AtomicBool::new(false),
            opening: AtomicU64::new(0),
            is_told: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        }))
    }

    /// As patient a watch of its own, which comes in by these options.
    pub(super) fn with(&self, options: PgConnectOptions) -> Self {
        let Shared {
            address,
            patience,
            tell,
            ..
        } = &*self.0;
        Self::new(options, address.clone(), *patience, Arc::clone(tell))
    }

    pub(super) fn patience(&self) -> Duration {
        self.0.patience
    }

    /// Whether the server was given up: it is not asked for another connection.
    pub(super) fn is_over(&self) -> bool {
        self.0.is_over.load(Ordering::Relaxed)
    }

    /// Begins to watch, and says whether there is room for the connection that
    /// this takes. `None` where it has begun already.
    pub(super) fn begin(&self) -> Option<oneshot::Receiver<sqlx::Result<()>>> {
        if self.0.has_begun.swap(true, Ordering::Relaxed) {
            return None;
        }
        let (opening, opened) = oneshot::channel();
        let (shared, options) = (Arc::downgrade(&self.0), self.0.options.clone());
        let watching = thread::Builder::new().name("watch".into());
        // A system that gives no thread gives none to the run either.
        let _ = watching.spawn(move || go_round(&shared, options, opening));
        Some(opened)
    }

    /// A connection whose calls are watched from now on.
    pub(super) fn link(&self, inner: PgConnection, backend: Backend) -> Link {
        let pulse = self.pulse(backend);
        Link { inner, pulse }
    }

    /// The watched calls of a connection.
    pub(super) fn pulse(&self, backend: Backend) -> Pulse {
        drop(self.begin());
        let (pulse, call) = Pulse::new(backend, &self.0.clock);
        self.0.calls().push(Arc::downgrade(&call));
        pulse
    }

    /// Waits for a connection to be opened, but not for ever. `None`: the server
    /// has not answered for as long as the patience lasts.
    pub(super) async fn patiently<T>(&self, opening: impl Future<Output = T>) -> Option<T> {
        let shared = &self.0;
        let mut opening = pin!(opening);
        let mut is_told = false;
        let mut opened = None;
        for passed in 0..=ticks(shared.patience) {
            if passed == ticks(TOLD_AFTER) {
                is_told = true;
                shared.opening.fetch_add(1, Ordering::Relaxed);
                shared.tell_silence();
            }
            if let Ok(done) = timeout(TICK, &mut opening).await {
                opened = Some(done);
                break;
            }
        }
        shared
            .opening
            .fetch_sub(u64::from(is_told), Ordering::Relaxed);
        // A server that answers others has no room, or a pool before it has none.
        if opened.is_none() && !shared.has_answered_within(ticks(shared.patience)) {
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
    fn calls(&self) -> MutexGuard<'_, Vec<Weak<Call>>> {
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

    /// Whether any call was answered in the last so many ticks.
    fn has_answered_within(&self, ticks: u64) -> bool {
        let calls = self.calls();
        let mut calls = calls.iter().filter_map(Weak::upgrade);
        calls.any(|call| call.answered_ticks_ago().is_some_and(|ago| ago <= ticks))
    }

    /// Calls that are under way, with the ticks that they have been silent for;
    /// what is closed is forgotten.
    fn silent_for(&self, ticks: u64) -> Vec<Silent> {
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

    async fn look_round(&self, eyes: &mut Eyes) {
        // A little before it is told, so that it is told in time.
        let soon = ticks(TOLD_AFTER).saturating_sub(4);
        let silent = self.silent_for(soon.min(ticks(self.patience) / 2).max(1));
        if silent.is_empty() {
            self.tell_answer();
            return;
        }
        let answers = || self.has_answered_within(ticks(TOLD_AFTER));
        match eyes.look(&silent).await {
            Look::Seen(seen) => self.judge(eyes, &silent, &seen).await,
            // What the calls wait for is not known, and the server is there.
            Look::Blind if answers() => {}
            Look::Refused => self.judge(eyes, &silent, &[]).await,
            Look::Blind | Look::Silent => {
                let longest = silent.iter().map(|(_, ticks)| *ticks).max().unwrap_or(0);
                if longest >= ticks(TOLD_AFTER) {
                    self.tell_silence();
                }
                if longest >= ticks(self.patience) {
                    self.is_over.store(true, Ordering::Relaxed);
                    let at_least = ticks(TOLD_AFTER).min(ticks(self.patience));
                    for (call, _) in &silent {
                        call.give_up(at_least, &self.reason());
                    }
                }
            }
        }
    }

    /// `seen`: what the server said of the processes behind these calls, for each
    /// that it said something of.
    async fn judge(&self, eyes: &mut Eyes, silent: &[Silent], seen: &[(Backend, CallState)]) {
        for (call, silent_ticks) in silent {
            let found = seen.iter().find(|(backend, _)| *backend == call.backend);
            match found.map(|(_, state)| state) {
                Some(CallState::WaitsForLock) => call.is_alive(*silent_ticks),
                Some(CallState::Gone) => {
                    let why = "the server process of the connection is gone";
                    call.give_up(*silent_ticks, why);
                }
                Some(CallState::Other) | None => {
                    if *silent_ticks >= ticks(TOLD_AFTER) {
                        self.tell_silence();
                    }
                    // The connection is cut loose first: were its process ended
                    // first, a reply that comes just then would be lost.
                    if *silent_ticks >= ticks(self.patience)
                        && call.give_up(ticks(self.patience), &self.reason())
                    {
                        eyes.end(call.backend).await;
                    }
                }
            }
        }
    }
}

/// How many ticks are in `time`.
const fn ticks(time: Duration) -> u64 {
    (time.as_millis() / TICK.as_millis()) as u64
}

/// Looks until no connection can come any more.
fn go_round(
    shared: &Weak<Shared>,
    options: PgConnectOptions,
    opening: oneshot::Sender<sqlx::Result<()>>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else { return };
    runtime.block_on(async {
        tokio::select! {
            () = tick(shared) => {}
            () = look_on(shared, options, opening) => {}
        }
    });
    // A name that is still being looked up is not waited for.
    runtime.shutdown_background();
}

/// Counts on its own: a look that gets no answer must not make time stand still.
async fn tick(shared: &Weak<Shared>) {
    let mut kept_alive = 0;
    loop {
        sleep(TICK).await;
        let Some(shared) = shared.upgrade() else {
            return;
        };
        shared.clock.fetch_add(1, Ordering::Relaxed);
        let connections = shared.calls().len();
        if std::mem::replace(&mut kept_alive, connections) != connections {
            keepalive::set_everywhere(shared.patience);
        }
    }
}

async fn look_on(
    shared: &Weak<Shared>,
    options: PgConnectOptions,
    opening: oneshot::Sender<sqlx::Result<()>>,
) {
    let mut eyes = Eyes::new(options);
    // A server that stops just now would be looked at by nothing, as long as it is silent: what
    // asked for the watch gives it up meanwhile, and a look that is needed later opens again.
    let patience = shared.upgrade().map_or(PATIENCE, |shared| shared.patience);
    if let Ok(opened) = timeout(patience, eyes.open()).await {
        // Whether it is heard or not.
        let _ = opening.send(opened);
    }
    loop {
        sleep(TICK).await;
        match shared.upgrade() {
            Some(shared) => shared.look_round(&mut eyes).await,
            None => return,
        }
    }
}
