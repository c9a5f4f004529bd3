//! Tables of the user's own, in databases of the run's own.

use std::sync::Arc;

use super::access::DatabaseAccess;
use super::connection::Connection;
use super::error::ServerError;
use super::fingerprint::Backend;
use super::holdings::Holdings;
use super::own_tables::{
    EffectRow, InvariantRows, OutcomeRow, OwnLocks, OwnSequence, SetUpError, TouchedBeyond,
    Unresettable,
};
use super::postgres;
use super::postgres::wire::WireAddress;
use super::schema::Connector;
use super::server::Server;
use crate::scenario::SetUp;
use crate::shop::Isolation;
use crate::value::State;

/// A database of the run's own with the user's tables, from which those of the arenas are copied.
/// No session but those of the run is in it.
#[derive(Debug)]
#[expect(missing_docs, reason = "the engines")]
pub enum Playground {
    Postgres(postgres::PostgresPlayground),
}

/// The database of one arena.
#[derive(Debug)]
#[expect(missing_docs, reason = "the engines")]
pub enum Ground {
    Postgres(postgres::PostgresGround),
}

impl Playground {
    /// Makes the database `name`, and where the role may do so an ordinary role of that name which
    /// owns it, and carries the set-up out as that role. If it fails, what was made is dropped
    /// again as far as the server allows; [`Server::drop_playground`] is for what is left.
    ///
    /// # Errors
    /// [`SetUpError`].
    ///
    /// # Panics
    /// If the name has other characters than `a-z`, `0-9` and `_`: it stands in SQL without quotes.
    pub async fn make(server: &Server, name: &str, set_up: &SetUp) -> Result<Self, SetUpError> {
        let harmless = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(name.chars().all(harmless), "database name {name:?}");
        match server {
            Server::Postgres(server) => {
                let made = postgres::PostgresPlayground::make(server, name, set_up).await;
                made.map(Self::Postgres)
            }
        }
    }

    /// What of the set-up was left out without harm, a sentence each: owners, grants, and
    /// settings that this server does not know.
    #[must_use]
    pub fn left_out(&self) -> &[String] {
        ask!(self, left_out())
    }

    /// What of the user's database cannot be put back: with any of it, nothing can be explored.
    #[must_use]
    pub fn unresettable(&self) -> &[Unresettable] {
        ask!(self, unresettable())
    }

    /// The tables whose rows are put back by difference, and so not in their first order: those
    /// of more than 1,000 rows.
    #[must_use]
    pub fn large_tables(&self) -> Vec<String> {
        ask!(self, large_tables())
    }

    /// Makes a copy for an arena: the same rows in the same places. It goes with the playground.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn copy(&mut self) -> Result<GroundCopy, ServerError> {
        match self {
            Self::Postgres(it) => it.copy().await.map(GroundCopy::Postgres),
        }
    }

    /// Drops every copy, with the sessions in it.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn drop_copies(&mut self) -> Result<(), ServerError> {
        ask!(self, drop_copies().await)
    }

    /// Closes the playground's own connection; databases and role stay until
    /// [`Server::drop_playground`].
    pub async fn close(self) {
        ask!(self, close().await)
    }
}

/// A copy of the tables that is not looked after yet.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the engines")]
pub enum GroundCopy {
    Postgres(postgres::PostgresCopy),
}

impl GroundCopy {
    /// How a program of the user's reaches it, as the role that owns it.
    #[must_use]
    pub fn access(&self) -> DatabaseAccess {
        ask!(self, access())
    }

    /// The socket of a private server, on which it asks nothing of any role; a directory that is
    /// this user's alone keeps others out.
    #[must_use]
    pub fn trusted_socket(&self) -> Option<WireAddress> {
        ask!(self, trusted_socket())
    }

    /// Takes what is there now for the start, to which everything is put back from now on: what a
    /// program has made when it was started is a part of it. No session may have a transaction
    /// open, and none look after it yet. Answers what has no way back; then nothing can be put
    /// back.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn keep_start(&self) -> Result<Vec<Unresettable>, ServerError> {
        ask!(self, keep_start().await)
    }

    /// SQL that makes its tables, rows and sequences as they are now, as a set-up carries it out. No
    /// session may have a transaction open.
    ///
    /// # Errors
    /// `pg_dump` is not there or fails; the server refuses or is gone.
    pub async fn dump(&self) -> Result<String, ServerError> {
        ask!(self, dump().await)
    }

    /// Sessions that a program opens from now on have this isolation level, where they ask for
    /// none, do not wait for a disk when they commit, and look for a deadlock after so many
    /// milliseconds. `false` where the role may not set the latter.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn suit_programs(
        &self,
        level: Isolation,
        deadlock_timeout_ms: u32,
    ) -> Result<bool, ServerError> {
        ask!(self, suit_programs(level, deadlock_timeout_ms).await)
    }

    /// Opens the connection that looks after it: on the runtime on which it is to be used. One
    /// at a time may be open.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn open(&self) -> Result<Ground, ServerError> {
        match self {
            Self::Postgres(it) => it.open().await.map(Ground::Postgres),
        }
    }
}

impl Ground {
    /// What opens the sessions of scripts: as the role that owns the database.
    #[must_use]
    pub fn connector(&self) -> Connector {
        ask!(self, connector() => Connector)
    }

    /// All rows of all tables of the user's, in one snapshot: tables by name, rows by their values,
    /// which are text. A table that is as at the start is the same [`Arc`] each
    /// time. No session may have a transaction open.
    ///
    /// # Errors
    /// The server refuses or is gone; or a script has changed what tables there are.
    pub async fn state(&mut self) -> Result<State, ServerError> {
        ask!(self, state().await)
    }

    /// Some statement may have been carried out that no connection of [`Ground::connector`] has
    /// sent: the next reset looks at the tables itself.
    pub fn may_have_changed(&mut self) {
        ask!(self, may_have_changed())
    }

    /// The same, but all of it was carried out before the last [`Ground::state`]: the next reset
    /// trusts what that has seen, and only rows that were never committed may lie there beside.
    pub fn may_hold_undone(&mut self) {
        ask!(self, may_hold_undone())
    }

    /// Whether [`Ground::state`] has found a row since the last reset in front of others, in the room of
    /// a dead one, which would lie behind them if no schedule had come before. What was done is to be
    /// done again: from then on the table has its dead rows removed each time.
    #[must_use]
    pub const fn is_misplaced(&self) -> bool {
        ask!(self, is_misplaced())
    }

    /// Puts everything back as it was at the start: rows (of tables up to 1,000 rows in their first
    /// order), sequences, outcomes and effects. It takes one round trip if [`Ground::state`] was
    /// asked since the last statement of a script, and two else. No session may have a transaction
    /// open.
    ///
    /// # Errors
    /// The server refuses or is gone; or what a script did has no way back.
    pub async fn reset(&mut self) -> Result<(), ServerError> {
        ask!(self, reset().await)
    }

    /// All rows as a session of [`Ground::connector`] sees them within its transaction. `None`
    /// where it has none open, where that has failed, and where it has neither written nor keeps a
    /// snapshot: then it sees what is committed. Nothing of the look stays in the session, neither
    /// a lock nor a setting; but at serializable the server notes what was read.
    ///
    /// # Errors
    /// The server is gone.
    pub async fn seen_by(
        &mut self,
        connection: &mut Connection,
    ) -> Result<Option<State>, ServerError> {
        match (self, connection) {
            (Self::Postgres(it), Connection::PostgresText(session)) => it.seen_by(session).await,
            (Self::Postgres(_), Connection::Postgres(_)) => Ok(None),
        }
    }

    /// Adds to `sim.outcomes` and `sim.effects`, until the next reset.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn tell(
        &mut self,
        outcomes: &[OutcomeRow],
        effects: &[EffectRow],
    ) -> Result<(), ServerError> {
        ask!(self, tell(outcomes, effects).await)
    }

    /// Takes away all that [`Ground::tell`] has added.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn forget(&mut self) -> Result<(), ServerError> {
        ask!(self, forget().await)
    }

    /// Asks each question in one snapshot, read-only and within 30 s; of each the first rows, or
    /// the server's message.
    ///
    /// # Errors
    /// The server is gone.
    pub async fn invariants(
        &mut self,
        questions: &[&str],
    ) -> Result<Vec<Result<InvariantRows, String>>, ServerError> {
        ask!(self, invariants(questions).await)
    }

    /// For each of `backends`, the server processes it waits for; empty for one that does not
    /// wait.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn blockers(
        &mut self,
        backends: &[i32],
    ) -> Result<Vec<(i32, Vec<i32>)>, ServerError> {
        ask!(self, blockers(backends).await)
    }

    /// As [`Schema::know_relations`](super::schema::Schema::know_relations).
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn know_relations(&mut self) -> Result<bool, ServerError> {
        ask!(self, know_relations().await)
    }

    /// As [`Schema::held`](super::schema::Schema::held).
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn held(&mut self, backend: Backend) -> Result<Holdings, ServerError> {
        ask!(self, held(backend).await)
    }

    /// As [`Schema::waiting_for_locks`](super::schema::Schema::waiting_for_locks).
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn waiting_for_locks(&mut self) -> Result<Vec<(i32, i64)>, ServerError> {
        ask!(self, waiting_for_locks().await)
    }

    /// A number that grows with each transaction that has written, or locked a row, and is over, in
    /// any database of the server. The server counts before its caller hears of the end.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn next_transaction(&mut self) -> Result<u64, ServerError> {
        ask!(self, next_transaction().await)
    }

    /// How many sessions this copy has besides its own connection.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn other_sessions(&mut self) -> Result<u64, ServerError> {
        ask!(self, other_sessions().await)
    }

    /// Whether its own connection was cut: then the copy is opened again.
    pub async fn is_lost(&mut self) -> bool {
        ask!(self, is_lost().await)
    }

    /// Whether users have made a function or a trigger.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn has_bodies(&mut self) -> Result<bool, ServerError> {
        ask!(self, has_bodies().await)
    }

    /// What a transaction has locked that has planned a statement and done nothing else.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn own_locks(&mut self, backend: Backend) -> Result<OwnLocks, ServerError> {
        ask!(self, own_locks(backend).await)
    }

    /// What it has touched beside that, now that the statement has run; checks of foreign keys
    /// are no part of it.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn touched_beyond(
        &mut self,
        backend: Backend,
        own: &OwnLocks,
        sql: &str,
    ) -> Result<TouchedBeyond, ServerError> {
        ask!(self, touched_beyond(backend, own, sql).await)
    }

    /// Ends a server process, as a cut connection would.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn terminate(&mut self, backend: Backend) -> Result<(), ServerError> {
        ask!(self, terminate(backend).await)
    }

    /// Whether a server process is still there.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn is_alive(&mut self, backend: Backend) -> Result<bool, ServerError> {
        ask!(self, is_alive(backend).await)
    }

    /// When it was last put back and when its state was last read, by the server's clock, in
    /// microseconds since 1970 (UTC): what a script did in between, it did within that time.
    #[must_use]
    pub const fn span_us(&self) -> (i64, i64) {
        ask!(self, span_us())
    }

    /// Its sequences, as they are at the start.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn sequences(&mut self) -> Result<Vec<OwnSequence>, ServerError> {
        ask!(self, sequences().await)
    }

    /// Lets each of these sequences go on so many steps later, until the next reset.
    ///
    /// # Errors
    /// The server refuses or is gone; or a number is beyond the sequence.
    pub async fn advance_sequences(&mut self, by: &[(Arc<str>, i64)]) -> Result<(), ServerError> {
        ask!(self, advance_sequences(by).await)
    }

    /// Closes its own connection; the database goes with the playground.
    pub async fn close(self) {
        ask!(self, close().await)
    }
}
