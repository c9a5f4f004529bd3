//! Messages of a client, as a proxy gets them.

use super::fields::Fields;
use super::framing::Frame;

/// What Describe and Close name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Described {
    /// `S`: a prepared statement.
    Statement,
    /// `P`: a portal.
    Portal,
}

/// A message of a client, as far as a step needs it. Names and SQL are bytes: they are
/// in the encoding of the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientMessage<'b> {
    /// `Q`: one or more statements as text.
    Query(&'b [u8]),
    /// `P`: prepares a statement.
    Parse {
        /// The statement's name; empty for the one without a name.
        name: &'b [u8],
        /// Its text.
        sql: &'b [u8],
        /// Types of its parameters, by the numbers in `pg_type`; 0 for the server to
        /// find.
        types: Vec<u32>,
    },
    /// `B`: gives a prepared statement its values.
    Bind {
        /// The name of what comes of it.
        portal: &'b [u8],
        /// The statement's name.
        statement: &'b [u8],
        /// Whether values are binary: none, one for all, or one for each.
        formats: Vec<u16>,
        /// The values; `None` for NULL.
        values: Vec<Option<&'b [u8]>>,
        /// Whether the values of its rows are to be binary: none, one for all, or one for each.
        result_formats: Vec<u16>,
    },
    /// `D`: asks for columns and parameters.
    Describe(Described, &'b [u8]),
    /// `E`: carries out a portal.
    Execute {
        /// Its name.
        portal: &'b [u8],
        /// How many rows are wanted; 0 for all.
        rows_max: u32,
    },
    /// `C`: forgets a statement or a portal.
    Close(Described, &'b [u8]),
    /// `S`: ends the implicit transaction.
    Sync,
    /// `H`: asks for what the server has to say.
    Flush,
    /// `F`: calls a function by its number.
    FunctionCall,
    /// `d`, `c`, `f`: data of a COPY, their end, and that they do not come.
    CopyIn,
    /// `p`: a proof of identity.
    Password,
    /// `X`: the end of the session.
    Terminate,
}

impl<'b> ClientMessage<'b> {
    /// Reads a message; `None` if it is none of those that a client sends to a server.
    #[must_use]
    pub fn read(frame: Frame<'b>) -> Option<Self> {
        let mut fields = Fields(frame.body());
        Some(match frame.tag {
            b'Q' => Self::Query(fields.until_zero()?),
            b'P' => Self::Parse {
                name: fields.until_zero()?,
                sql: fields.until_zero()?,
                types: listed(&mut fields, Fields::u32)?,
            },
            b'B' => Self::Bind {
                portal: fields.until_zero()?,
                statement: fields.until_zero()?,
                formats: listed(&mut fields, Fields::u16)?,
                values: listed(&mut fields, Fields::value)?,
                result_formats: listed(&mut fields, Fields::u16).unwrap_or_default(),
            },
            b'D' => Self::Describe(described(&mut fields)?, fields.until_zero()?),
            b'C' => Self::Close(described(&mut fields)?, fields.until_zero()?),
            b'E' => Self::Execute {
                portal: fields.until_zero()?,
                rows_max: fields.u32()?,
            },
            b'S' => Self::Sync,
            b'H' => Self::Flush,
            b'F' => Self::FunctionCall,
            b'd' | b'c' | b'f' => Self::CopyIn,
            b'p' => Self::Password,
            b'X' => Self::Terminate,
            _ => return None,
        })
    }
}

/// A count, and so many of them. Room is made as they are read, not by the count.
fn listed<'b, T>(
    fields: &mut Fields<'b>,
    one: impl Fn(&mut Fields<'b>) -> Option<T>,
) -> Option<Vec<T>> {
    let count = fields.u16()?;
    let mut found = Vec::new();
    for _ in 0..count {
        found.push(one(fields)?);
    }
    Some(found)
}

fn described(fields: &mut Fields<'_>) -> Option<Described> {
    match fields.u8()? {
        b'S' => Some(Described::Statement),
        b'P' => Some(Described::Portal),
        _ => None,
    }
}
