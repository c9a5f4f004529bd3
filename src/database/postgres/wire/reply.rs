//! What the server answers to one statement, message by message.

use std::sync::Arc;

use super::failure::WireFailure;
use super::message_in::{BackendMessage, ResultColumn, TransactionStatus};
use super::rows::{RowFault, TextRows};

/// Also what the server is told.
pub(super) const NO_COPY_IN: &str = "COPY FROM STDIN: no data are sent here";

/// What comes after a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaited {
    /// Another message of the reply.
    More,
    /// Nothing until a Sync is sent.
    Done,
    /// Nothing: the server is ready for the next statement.
    Ready(TransactionStatus),
    /// The server waits for data.
    Data,
}

/// A reply as far as it has come.
#[derive(Debug)]
pub(super) struct ReplySoFar {
    pub(super) rows: TextRows,
    /// Its parameters and its columns.
    parameters: Vec<u32>,
    described: Option<Arc<[ResultColumn]>>,
    /// What the server said last against it.
    refused: Option<WireFailure>,
    /// What was answered and is not read here.
    missed: Option<String>,
    /// The server says too that it got no data.
    has_refused_data: bool,
    /// Whether there are data for a server that waits for them.
    has_data: bool,
    bytes_max: usize,
}

impl ReplySoFar {
    pub(super) fn new(columns: Arc<[ResultColumn]>, bytes_max: usize) -> Self {
        Self {
            rows: TextRows::new(columns),
            parameters: Vec::new(),
            described: None,
            refused: None,
            missed: None,
            has_refused_data: false,
            has_data: false,
            // Places within rows are 32 bits.
            bytes_max: bytes_max.min(u32::MAX as usize / 2),
        }
    }

    /// The same, of a statement whose data are sent.
    pub(super) fn with_data(self) -> Self {
        Self {
            has_data: true,
            ..self
        }
    }

    /// Parameters and columns of the statement that was prepared, if it was.
    pub(super) fn take_described(&mut self) -> Option<(Vec<u32>, Arc<[ResultColumn]>)> {
        let columns = self.described.take()?;
        Some((std::mem::take(&mut self.parameters), columns))
    }

    /// The rows, or why there are none. What the server says counts more than what
    /// is missed here.
    pub(super) fn outcome(self) -> Result<TextRows, WireFailure> {
        let missed = self.missed.map(WireFailure::Unsupported);
        let failure = match self.has_refused_data {
            true => missed,
            false => self.refused.or(missed),
        };
        failure.map_or(Ok(self.rows), Err)
    }

    /// Whether the server has ended the transaction.
    pub(super) const fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// Takes in a message.
    ///
    /// # Errors
    /// The session is over.
    pub(super) fn take_in(&mut self, message: BackendMessage<'_>) -> Result<Awaited, WireFailure> {
        match message {
            BackendMessage::DataRow(row) => return self.take_row(row),
            BackendMessage::CommandComplete(tag) => {
                self.rows
                    .complete(String::from_utf8_lossy(tag).into_owned());
                return Ok(Awaited::Done);
            }
            BackendMessage::EmptyQueryResponse => return Ok(Awaited::Done),
            BackendMessage::ReadyForQuery(status) => return Ok(Awaited::Ready(status)),
            BackendMessage::ErrorResponse(error) => {
                let failure = WireFailure::of(error);
                if failure.is_lost() {
                    return Err(failure);
                }
                self.refused = Some(failure);
                return Ok(Awaited::Done);
            }
            BackendMessage::ParseComplete => {}
            BackendMessage::ParameterDescription(oids) => self.parameters = oids,
            BackendMessage::RowDescription(columns) => {
                let columns: Arc<[ResultColumn]> = columns.into();
                self.rows = TextRows::new(Arc::clone(&columns));
                self.described = Some(columns);
            }
            BackendMessage::NoData => self.described = Some(Arc::default()),
            BackendMessage::CopyInResponse => {
                if !self.has_data {
                    self.has_refused_data = true;
                    self.miss(NO_COPY_IN.into());
                }
                return Ok(Awaited::Data);
            }
            BackendMessage::CopyOut => {
                self.miss("COPY TO STDOUT: its data are not read here".into());
            }
            other => {
                let what = format!("the server sent a message out of turn: {other:?}");
                return Err(WireFailure::lost(what));
            }
        }
        Ok(Awaited::More)
    }

    fn miss(&mut self, what: String) {
        self.missed.get_or_insert(what);
        self.rows.drop_rows();
    }

    fn take_row(&mut self, row: &[u8]) -> Result<Awaited, WireFailure> {
        if self.missed.is_some() {
            return Ok(Awaited::More);
        }
        match self.rows.push(row) {
            Ok(()) if self.rows.bytes() > self.bytes_max => {
                self.miss(format!("a reply of more than {} bytes", self.bytes_max));
            }
            Ok(()) => {}
            Err(RowFault::NotUtf8) => self.miss("a value that is not UTF-8".into()),
            Err(RowFault::Broken) => {
                return Err(WireFailure::lost("the server sent a row that is not whole"));
            }
        }
        Ok(Awaited::More)
    }
}
