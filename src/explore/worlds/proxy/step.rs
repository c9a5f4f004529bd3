//! What a proxy tells of: connections, their steps, and how these were answered.

use std::fmt;
use std::sync::Arc;

use crate::database::wire::TransactionStatus;

/// A connection of a client, in the sequence in which they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A step: which connection, and which of its steps, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepId {
    /// The connection that sends it.
    pub connection: ConnectionId,
    /// Counts the steps of that connection.
    pub number: u64,
}

/// What a step does once it is let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// A statement is prepared or bound, and not yet executed: at repeatable read and
    /// serializable that takes the snapshot, and its tables are locked against DDL.
    Prepare,
    /// The snapshot of a statement outside a transaction is taken, and nothing else
    /// ([`HoldSettings::snapshot_steps`](super::HoldSettings::snapshot_steps)).
    Snapshot,
    /// One statement is executed. Outside a transaction its commit is a step of its own,
    /// and so is told by [`StepAnswer::is_commit_due`].
    Execute,
    /// A message that cannot be split goes as it came: several statements in one text,
    /// or a statement within a transaction, or a call of a function by number.
    Whole,
    /// The implicit transaction is committed.
    Commit,
    /// The session ends in the middle of a transaction, which is rolled back.
    End,
    /// What another connection does is cancelled; `None` if the key is of no connection
    /// of this proxy.
    Cancel(Option<ConnectionId>),
}

/// A step that stands before the server, or goes to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyStep {
    /// Which one.
    pub id: StepId,
    /// What it does.
    pub kind: StepKind,
    /// Its statements: one of an execution, none of a commit, more where several are
    /// prepared.
    pub statements: Vec<SentStatement>,
    /// Whether a transaction is open that a statement began.
    pub is_in_transaction: bool,
    /// What the client calls itself now: `application_name`, as the server reports it.
    pub application: Option<Arc<str>>,
}

impl ProxyStep {
    /// The only step of a connection that cancels what another one does.
    pub(super) const fn cancel(connection: ConnectionId, other: Option<ConnectionId>) -> Self {
        Self {
            id: StepId {
                connection,
                number: 1,
            },
            kind: StepKind::Cancel(other),
            statements: Vec::new(),
            is_in_transaction: false,
            application: None,
        }
    }
}

/// A statement as the client sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentStatement {
    /// Its text, of which at most 16 KiB are kept; `None` if it was prepared too long
    /// ago to be remembered.
    pub sql: Option<Arc<str>>,
    /// Whether `sql` has lost its end.
    pub is_cut: bool,
    /// Its values as text; `None` for NULL. Binary values are read where their type is
    /// known, and shown as `\x...` where it is not. At most 1 KiB of each is kept.
    pub binds: Vec<Option<String>>,
}

/// How a step was answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepAnswer {
    /// How many rows came.
    pub rows: u64,
    /// The last command tag, such as `UPDATE 1`.
    pub tag: Option<String>,
    /// Why it failed.
    pub error: Option<StepFailure>,
    /// Whether the server never looked at it, since an earlier step of its pipeline had
    /// failed.
    pub is_skipped: bool,
    /// Whether the implicit transaction is open and holds what the step did: the next
    /// step of the connection is its commit, or a further statement of its pipeline.
    pub is_commit_due: bool,
    /// What the server said of the transaction; `None` if it has not said anything since
    /// the step was let go, as after a Flush.
    pub status: Option<TransactionStatus>,
    /// From the moment at which it was let go to its last message, in microseconds.
    pub elapsed_us: u64,
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepFailure {
    /// Five characters; empty if the message was too long to be read.
    pub sqlstate: String,
    /// One line.
    pub message: String,
}

/// What happens at a proxy. Of one connection they come in the sequence of the enum's
/// variants, with steps parked and answered in turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyEvent {
    /// The server let a session in.
    Opened {
        /// The connection.
        connection: ConnectionId,
        /// Its server process, for `pg_blocking_pids`; 0 if the server named none.
        pid: u32,
        /// What the client said of itself: `user`, `database`, `application_name`, ...
        parameters: Vec<(String, String)>,
    },
    /// No session was opened, for this reason: a clause.
    Refused(ConnectionId, String),
    /// A step stands before the server until it is let go.
    Parked(ProxyStep),
    /// A step goes to the server, of a connection that is not held.
    Passed(ProxyStep),
    /// A step was answered. Of a session's end there is no answer, but
    /// [`Self::Closed`].
    Answered(StepId, StepAnswer),
    /// Something came that cannot be held or is not known. The connection goes on, and
    /// from here on nothing of it is held: what was explored is worth nothing.
    Unsupported(ConnectionId, String),
    /// The client will send nothing more. A step of it that is parked stays so.
    Left(ConnectionId),
    /// Both sides are closed; why, if it was not the client that ended the session.
    Closed(ConnectionId, Option<String>),
}
