//! Messages of the server.

use super::fields::{Fields, lossy};
use super::framing::Frame;
use super::server_message::ServerMessage;

/// A column of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultColumn {
    /// Its name or alias.
    pub name: String,
    /// Its type, by the number in `pg_type`.
    pub type_oid: u32,
}

/// What the server says of the transaction each time it is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionStatus {
    /// `I`: there is none.
    Idle,
    /// `T`: one is open.
    Open,
    /// `E`: one is open in which a statement failed.
    Failed,
}

/// A message of the server, as far as a client needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackendMessage<'b> {
    /// `R`: what is asked for, by number, and what goes with it.
    Authentication(u32, &'b [u8]),
    /// `K`: the process, and the secret that a cancel request must name.
    BackendKeyData(u32, &'b [u8]),
    /// `S`: a setting and its value.
    ParameterStatus(&'b [u8], &'b [u8]),
    /// `t`: the types of the parameters.
    ParameterDescription(Vec<u32>),
    /// `T`: the columns of the rows to come.
    RowDescription(Vec<ResultColumn>),
    /// `D`: a row; [`row_values`] reads it.
    DataRow(&'b [u8]),
    /// `C`: a command is done; its tag.
    CommandComplete(&'b [u8]),
    /// `I`: there was no command.
    EmptyQueryResponse,
    /// `E`
    ErrorResponse(Box<ServerMessage>),
    /// `N`
    NoticeResponse(Box<ServerMessage>),
    /// `Z`
    ReadyForQuery(TransactionStatus),
    /// `1`
    ParseComplete,
    /// `n`
    NoData,
    /// `G`: the server waits for data.
    CopyInResponse,
    /// `H`, `d`, `c`: data come.
    CopyOut,
    /// `2`, `3`, `A`, `v`: nothing that a client waits for.
    Other,
}

impl<'b> BackendMessage<'b> {
    /// Reads a message; `None` if it is none of those that a server sends to a
    /// client.
    #[must_use]
    pub fn read(frame: Frame<'b>) -> Option<Self> {
        let mut fields = Fields(frame.body());
        Some(match frame.tag {
            b'D' => Self::DataRow(fields.0),
            b'C' => Self::CommandComplete(fields.until_zero()?),
            b'Z' => Self::ReadyForQuery(status(fields.u8()?)?),
            b'1' => Self::ParseComplete,
            b'n' => Self::NoData,
            b't' => Self::ParameterDescription(oids(fields)?),
            b'T' => Self::RowDescription(columns(fields)?),
            b'E' => Self::ErrorResponse(Box::new(ServerMessage::read(fields, true)?)),
            b'N' => Self::NoticeResponse(Box::new(ServerMessage::read(fields, false)?)),
            b'S' => Self::ParameterStatus(fields.until_zero()?, fields.until_zero()?),
            b'K' => Self::BackendKeyData(fields.u32()?, fields.0),
            b'R' => Self::Authentication(fields.u32()?, fields.0),
            b'I' => Self::EmptyQueryResponse,
            b'G' => Self::CopyInResponse,
            b'H' | b'd' | b'c' => Self::CopyOut,
            b'2' | b'3' | b'A' | b'v' => Self::Other,
            _ => return None,
        })
    }
}

const fn status(letter: u8) -> Option<TransactionStatus> {
    Some(match letter {
        b'I' => TransactionStatus::Idle,
        b'T' => TransactionStatus::Open,
        b'E' => TransactionStatus::Failed,
        _ => return None,
    })
}

fn oids(mut fields: Fields<'_>) -> Option<Vec<u32>> {
    let count = fields.u16()?;
    (0..count).map(|_| fields.u32()).collect()
}

fn columns(mut fields: Fields<'_>) -> Option<Vec<ResultColumn>> {
    let count = fields.u16()?;
    let column = |_| {
        let name = lossy(fields.until_zero()?);
        let (_table, _attribute) = (fields.u32()?, fields.u16()?);
        let type_oid = fields.u32()?;
        let (_size, _modifier, _format) = (fields.u16()?, fields.u32()?, fields.u16()?);
        Some(ResultColumn { name, type_oid })
    };
    (0..count).map(column).collect()
}

/// Hands each value of a row to `take`, NULL as `None`, and answers how many there
/// are; `None` if the row is not whole.
pub fn row_values<'b>(row: &'b [u8], mut take: impl FnMut(Option<&'b [u8]>)) -> Option<u16> {
    let mut fields = Fields(row);
    let count = fields.u16()?;
    for _ in 0..count {
        take(fields.value()?);
    }
    fields.0.is_empty().then_some(count)
}
