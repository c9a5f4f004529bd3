//! The connection over which the watch asks what server processes are doing.
//!
//! What is asked changes nothing but what is given up, so a future of it may be
//! dropped; its connection goes with it.

use std::pin::Pin;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Row};
use tokio::time::timeout;

use super::link::{Silent, TICK};
use super::sql;
use crate::database::fingerprint::Backend;

/// How long the server may take to say what its processes are doing; the answer
/// takes about a millisecond, and the way there as long as it takes.
const LOOK_MAX: Duration = Duration::from_secs(2);

/// By which `pg_stat_activity` shows it.
const NAME: &str = "sim watch";

/// What a server process does whose reply is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallState {
    /// It waits for a lock of a session that may still move.
    WaitsForLock,
    /// It does something else, or nothing.
    Other,
    /// There is none any more.
    Gone,
}

/// What came of a look.
pub(super) enum Look {
    /// The server said what it knows of each call.
    Seen(Vec<(Backend, CallState)>),
    /// The server answers, but not this question: it has no room, for one.
    Refused,
    /// There is no connection to ask over yet.
    Blind,
    /// There was one, and no answer; or nothing listens at the address.
    Silent,
}

type Opening = Pin<Box<dyn Future<Output = sqlx::Result<PgConnection>> + Send>>;

enum PostgresConnection {
    Closed,
    Opening(Opening),
    Open(PgConnection),
}

/// What the watch looks with.
pub(super) struct Eyes {
    options: PgConnectOptions,
    connection: PostgresConnection,
    /// PostgresServer processes that were given up: what waits for one of them waits for
    /// ever.
    given_up: Vec<i32>,
}

impl Eyes {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self {
            options: options.application_name(NAME).disable_statement_logging(),
            connection: PostgresConnection::Closed,
            given_up: Vec::new(),
        }
    }

    fn opening(&self) -> Opening {
        let options = self.options.clone();
        Box::pin(async move {
            let mut connection = options.connect().await?;
            // Prepared from now on: a look is one round trip.
            states(&mut connection, &[], &[]).await?;
            Ok(connection)
        })
    }

    /// Opens the connection before it is needed.
    pub(super) async fn open(&mut self) -> sqlx::Result<()> {
        self.connection = PostgresConnection::Open(self.opening().await?);
        Ok(())
    }

    /// Asks what the processes behind these calls do. Opening a connection may take
    /// several looks.
    pub(super) async fn look(&mut self, silent: &[Silent]) -> Look {
        let mut connection =
            match std::mem::replace(&mut self.connection, PostgresConnection::Closed) {
                PostgresConnection::Open(connection) => connection,
                PostgresConnection::Closed => return self.go_on(self.opening()).await,
                PostgresConnection::Opening(opening) => return self.go_on(opening).await,
            };
        let backends: Vec<Backend> = silent.iter().map(|(call, _)| call.backend).collect();
        let asking = states(&mut connection, &backends, &self.given_up);
        match timeout(LOOK_MAX, asking).await {
            Ok(Ok(seen)) => {
                self.connection = PostgresConnection::Open(connection);
                Look::Seen(seen)
            }
            Ok(Err(error)) => of_error(&error),
            Err(_) => Look::Silent,
        }
    }

    async fn go_on(&mut self, mut opening: Opening) -> Look {
        match timeout(TICK, &mut opening).await {
            Ok(Ok(connection)) => {
                self.connection = PostgresConnection::Open(connection);
                Look::Blind
            }
            Ok(Err(error)) => of_error(&error),
            Err(_) => {
                self.connection = PostgresConnection::Opening(opening);
                Look::Blind
            }
        }
    }

    /// Ends a server process whose reply is not waited for any more, with its
    /// locks. One that is stopped ends when it goes on.
    pub(super) async fn end(&mut self, backend: Backend) {
        self.given_up.push(backend.pid);
        let taken = std::mem::replace(&mut self.connection, PostgresConnection::Closed);
        let PostgresConnection::Open(mut connection) = taken else {
            self.connection = taken;
            return;
        };
        let end = sqlx::query(sql::END_BACKEND)
            .bind(backend.pid)
            .bind(backend.started_us)
            .execute(&mut connection);
        if let Ok(Ok(_)) = timeout(LOOK_MAX, end).await {
            self.connection = PostgresConnection::Open(connection);
        }
    }
}

fn of_error(error: &sqlx::Error) -> Look {
    match error {
        sqlx::Error::Database(_) => Look::Refused,
        _ => Look::Silent,
    }
}

/// Of each backend that belongs to the server which answers: behind one address
/// there may be several, and of another one's processes this one knows nothing.
async fn states(
    connection: &mut PgConnection,
    backends: &[Backend],
    given_up: &[i32],
) -> sqlx::Result<Vec<(Backend, CallState)>> {
    let pids: Vec<i32> = backends.iter().map(|backend| backend.pid).collect();
    let rows = sqlx::query(sql::STATE_OF_CALLS)
        .bind(pids)
        .bind(given_up)
        .fetch_all(connection)
        .await?;
    let mut server = 0;
    let mut found = Vec::new();
    for row in &rows {
        server = row.try_get(0)?;
        if let Some(pid) = row.try_get::<Option<i32>, _>(1)? {
            let waits: bool = row.try_get(3)?;
            found.push((pid, row.try_get::<i64, _>(2)?, waits));
        }
    }
    let state = |backend: &Backend| {
        let is_it = |&&(pid, started_us, _): &&(i32, i64, bool)| {
            (pid, started_us) == (backend.pid, backend.started_us)
        };
        match found.iter().find(is_it) {
            Some((_, _, true)) => CallState::WaitsForLock,
            Some((_, _, false)) => CallState::Other,
            None => CallState::Gone,
        }
    };
    let ours = backends
        .iter()
        .filter(|backend| backend.server_us == server);
    Ok(ours.map(|backend| (*backend, state(backend))).collect())
}
