//! A stream of bytes, cut into messages as they come, and no message kept longer than
//! need be.

use bytes::{Bytes, BytesMut};

use crate::database::wire::{FRAME_BYTES_MAX, Frame, FrameError, head};

/// How much is read at once, in bytes.
const READ_BYTES: usize = 16 << 10;

/// Of a message of an hour's length so much is looked at, in bytes; the rest passes.
pub(super) const PIECE_BYTES_MAX: usize = 256 << 10;

/// A whole message, or a piece of a long one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CutPiece {
    /// The kind of message; `None` for what goes on with the one before, and for what
    /// is no message.
    pub(super) tag: Option<u8>,
    pub(super) bytes: Bytes,
    /// Whether `bytes` are all of the message.
    pub(super) is_whole: bool,
}

impl CutPiece {
    /// The message, if it is whole.
    pub(super) fn frame(&self) -> Option<Frame<'_>> {
        let tag = self.tag.filter(|_| self.is_whole)?;
        Some(Frame {
            tag,
            bytes: &self.bytes,
        })
    }
}

/// One direction of a connection.
#[derive(Debug, Default)]
pub(super) struct Cutter {
    /// What has come and was not cut yet.
    pub(super) room: BytesMut,
    /// How many bytes of a long message are still to come.
    left: usize,
    /// A length came that no message has: what follows is passed on unread.
    is_blind: bool,
}

impl Cutter {
    /// Where bytes are read into.
    pub(super) fn room(&mut self) -> &mut BytesMut {
        self.room.reserve(READ_BYTES);
        &mut self.room
    }

    /// The next message, whole if it has at most `whole_bytes_max` bytes; `None` until
    /// more has come.
    ///
    /// # Errors
    /// A length that no message has, once; the bytes come as pieces afterwards.
    pub(super) fn next(&mut self, whole_bytes_max: usize) -> Result<Option<CutPiece>, FrameError> {
        if self.room.is_empty() {
            return Ok(None);
        }
        if self.is_blind || self.left > 0 {
            return Ok(Some(self.rest()));
        }
        let whole = match head(&self.room, FRAME_BYTES_MAX) {
            Ok(whole) => whole,
            Err(error) => {
                self.is_blind = true;
                return Err(error);
            }
        };
        let Some((tag, length)) = whole else {
            return Ok(None);
        };
        let there = self.room.len();
        if there < length && length <= whole_bytes_max {
            return Ok(None);
        }
        self.left = length.saturating_sub(there);
        Ok(Some(CutPiece {
            tag: Some(tag),
            bytes: self.room.split_to(length.min(there)).freeze(),
            is_whole: self.left == 0,
        }))
    }

    fn rest(&mut self) -> CutPiece {
        let length = match self.is_blind {
            true => self.room.len(),
            false => self.left.min(self.room.len()),
        };
        self.left = self.left.saturating_sub(length);
        CutPiece {
            tag: None,
            bytes: self.room.split_to(length).freeze(),
            is_whole: false,
        }
    }

    /// Whether the next byte begins a message.
    pub(super) const fn is_between_messages(&self) -> bool {
        self.left == 0 && !self.is_blind
    }
}
