//! Where a message begins and ends. Nothing else of it is read here, so that a proxy
//! passes on the very bytes that came.

use std::fmt;

/// The longest message that PostgreSQL itself sends or takes, in bytes.
pub const FRAME_BYTES_MAX: usize = 0x3fff_ffff;

/// The longest first packet of a connection (`MAX_STARTUP_PACKET_LENGTH`).
const UNTAGGED_BYTES_MAX: usize = 10_000;

/// The length itself, which counts as part of the message; the tag does not.
const LENGTH_BYTES: usize = 4;

/// One whole message, still where it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'b> {
    /// The kind of message.
    pub tag: u8,
    /// All of it, from the tag on: what is passed on.
    pub bytes: &'b [u8],
}

impl<'b> Frame<'b> {
    /// What stands behind tag and length.
    #[must_use]
    pub fn body(&self) -> &'b [u8] {
        &self.bytes[1 + LENGTH_BYTES..]
    }
}

/// A length that no message has: what follows cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameError {
    /// The kind of message, or 0 where the message has none.
    pub tag: u8,
    /// As it stands in the message.
    pub length: u32,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tag, length } = self;
        let tag = tag.escape_ascii();
        write!(
            f,
            "a message '{tag}' of {length} bytes is none of PostgreSQL's"
        )
    }
}

impl std::error::Error for FrameError {}

/// The tag of the message that `bytes` begin with, and how many bytes it has from the
/// tag on; `None` until its length is there.
///
/// # Errors
/// A length that is shorter than itself, or longer than `bytes_max`.
pub fn head(bytes: &[u8], bytes_max: usize) -> Result<Option<(u8, usize)>, FrameError> {
    let Some((&tag, rest)) = bytes.split_first() else {
        return Ok(None);
    };
    let length = length_of(rest, tag, bytes_max)?;
    Ok(length.map(|length| (tag, 1 + length)))
}

/// The first message of `bytes`; `None` until all of it is there.
///
/// # Errors
/// As [`head`]: it is found before the message has come.
pub fn split(bytes: &[u8], bytes_max: usize) -> Result<Option<Frame<'_>>, FrameError> {
    let Some((tag, length)) = head(bytes, bytes_max)? else {
        return Ok(None);
    };
    let bytes = bytes.get(..length);
    Ok(bytes.map(|bytes| Frame { tag, bytes }))
}

/// The first packet of a connection, which has no tag; `None` until all of it is
/// there. Packets of this kind come until one of them is a startup packet.
///
/// # Errors
/// As [`split`].
pub fn split_untagged(bytes: &[u8]) -> Result<Option<&[u8]>, FrameError> {
    let length = length_of(bytes, 0, UNTAGGED_BYTES_MAX)?;
    Ok(length.and_then(|length| bytes.get(..length)))
}

fn length_of(bytes: &[u8], tag: u8, bytes_max: usize) -> Result<Option<usize>, FrameError> {
    let Some(length) = bytes.first_chunk::<LENGTH_BYTES>() else {
        return Ok(None);
    };
    let length = u32::from_be_bytes(*length);
    let bytes = usize::try_from(length).unwrap_or(usize::MAX);
    match (LENGTH_BYTES..=bytes_max).contains(&bytes) {
        true => Ok(Some(bytes)),
        false => Err(FrameError { tag, length }),
    }
}
