//! One connection whose calls are watched: a reply that does not come ends the
//! call in the end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::query::Query;
use sqlx::{Connection as _, Executor, Postgres, SqlSafeStr};
use tokio::sync::oneshot;

use super::wire::WireFailure;
use crate::database::fingerprint::Backend;

/// The unit in which the watch counts time.
pub(super) const TICK: Duration = Duration::from_millis(250);

/// A call that is under way, and for how many ticks it has been silent.
pub(super) type Silent = (Arc<Call>, u64);

/// A connection and its watched calls.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) inner: PgConnection,
    pub(super) pulse: Pulse,
}

impl Link {
    pub(super) fn backend(&self) -> Backend {
        self.pulse.backend()
    }

    /// Sends a statement without parameters, as a simple query.
    pub(super) async fn run(&mut self, sql: impl SqlSafeStr) -> sqlx::Result<()> {
        let sql = sql.into_sql_str();
        self.pulse.during(self.inner.execute(sql)).await.map(drop)
    }

    /// Sends a statement with parameters, and drops the rows.
    pub(super) async fn tell(
        &mut self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> sqlx::Result<()> {
        self.pulse.during(self.inner.execute(query)).await.map(drop)
    }

    /// The one row that a query answers.
    pub(super) async fn one(
        &mut self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> sqlx::Result<PgRow> {
        self.pulse.during(self.inner.fetch_one(query)).await
    }

    /// Every row that a query answers.
    pub(super) async fn all(
        &mut self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> sqlx::Result<Vec<PgRow>> {
        self.pulse.during(self.inner.fetch_all(query)).await
    }

    /// Hands every row to `take` as it comes. Each row is a sign of life: so many
    /// rows may take longer than a single reply.
    pub(super) async fn each(
        &mut self,
        query: Query<'_, Postgres, PgArguments>,
        mut take: impl FnMut(PgRow) -> sqlx::Result<()>,
    ) -> sqlx::Result<()> {
        let Self { inner, pulse } = self;
        let call = Arc::clone(&pulse.call);
        pulse
            .during(async {
                let mut rows = inner.fetch(query);
                while let Some(row) = rows.try_next().await? {
                    call.begin();
                    take(row)?;
                }
                Ok(())
            })
            .await
    }

    pub(super) async fn ping(&mut self) -> sqlx::Result<()> {
        self.pulse.during(self.inner.ping()).await
    }

    /// Says goodbye to the server, which would notice a connection that is only
    /// dropped a moment later.
    pub(super) async fn close(self) {
        // The peer may be gone already, and then nothing is left to tell.
        if self.pulse.is_waited_for() {
            let _ = self.inner.close().await;
        }
    }
}

/// The calls of one connection, one after the other.
#[derive(Debug)]
pub(super) struct Pulse {
    call: Arc<Call>,
    cut: oneshot::Receiver<String>,
    /// Why no call of this connection is waited for any more.
    given_up: Option<String>,
}

/// What the watch knows of a connection.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) backend: Backend,
    /// Of the watch: how many of its ticks have passed.
    clock: Arc<AtomicU64>,
    /// The tick at which the call that is under way began, or last gave a sign of
    /// life; 0 between two calls.
    since: AtomicU64,
    /// The tick at which the last call ended; 0 before the first one.
    answered: AtomicU64,
    /// Called off by the watch.
    cut: Mutex<Option<oneshot::Sender<String>>>,
}

impl Pulse {
    pub(super) fn new(backend: Backend, clock: &Arc<AtomicU64>) -> (Self, Arc<Call>) {
        let (sender, cut) = oneshot::channel();
        let call = Arc::new(Call {
            backend,
            clock: Arc::clone(clock),
            since: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            cut: Mutex::new(Some(sender)),
        });
        let pulse = Self {
            call: Arc::clone(&call),
            cut,
            given_up: None,
        };
        (pulse, call)
    }

    pub(super) fn backend(&self) -> Backend {
        self.call.backend
    }

    /// Whether a call of the connection would still be waited for.
    pub(super) const fn is_waited_for(&self) -> bool {
        self.given_up.is_none()
    }

    /// Waits for a reply, until it comes or the watch gives it up. A connection
    /// that was given up once is never asked again: a reply of the earlier call
    /// could come for the later one.
    pub(super) async fn during<T, E: NoAnswer>(
        &mut self,
        reply: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        if let Some(why) = &self.given_up {
            return Err(E::no_answer(why));
        }
        self.call.begin();
        tokio::select! {
            biased;
            reply = reply => {
                self.call.end();
                reply
            }
            why = &mut self.cut => {
                let why = why.unwrap_or_default();
                let error = E::no_answer(&why);
                self.given_up = Some(why);
                Err(error)
            }
        }
    }
}

impl Call {
    fn begin(&self) {
        self.since
            .store(self.clock.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    fn end(&self) {
        self.since.store(0, Ordering::Relaxed);
        self.answered
            .store(self.clock.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// How many ticks ago the last reply came, if one has.
    pub(super) fn answered_ticks_ago(&self) -> Option<u64> {
        let answered = self.answered.load(Ordering::Relaxed);
        let now = self.clock.load(Ordering::Relaxed);
        (answered > 0).then(|| now.saturating_sub(answered))
    }

    /// For how many ticks the call that is under way has given no sign of life.
    pub(super) fn silent_ticks(&self) -> Option<u64> {
        let since = self.since.load(Ordering::Relaxed);
        let now = self.clock.load(Ordering::Relaxed);
        (since > 0).then(|| now.saturating_sub(since))
    }

    /// The server has said that this call waits for another session: a sign of
    /// life, unless another call has begun meanwhile.
    pub(super) fn is_alive(&self, silent_ticks: u64) {
        let now = self.clock.load(Ordering::Relaxed);
        let since = now.saturating_sub(silent_ticks);
        let _ = self
            .since
            .compare_exchange(since, now, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Ends the call, and every later one of its connection, if it still is what it
    /// was: under way and silent for so many ticks.
    pub(super) fn give_up(&self, at_least: u64, why: &str) -> bool {
        if self.silent_ticks().is_none_or(|silent| silent < at_least) {
            return false;
        }
        let mut cut = self.cut.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cut) = cut.take() {
            // The connection may be dropped already.
            let _ = cut.send(why.to_owned());
        }
        true
    }
}

/// The error of a call that the watch gave up: one of the network, which it is. The reply
/// may have been lost or may still come.
pub(super) trait NoAnswer {
    fn no_answer(why: &str) -> Self;
}

impl NoAnswer for sqlx::Error {
    fn no_answer(why: &str) -> Self {
        Self::Io(std::io::Error::new(
            std::io::ErrorKind::TimedOut,
            why.to_owned(),
        ))
    }
}

impl NoAnswer for WireFailure {
    fn no_answer(why: &str) -> Self {
        Self::Lost {
            reason: why.to_owned(),
            last_word: None,
        }
    }
}
