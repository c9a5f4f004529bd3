//! What a client has sent and the server has not got yet.

use std::collections::VecDeque;

use bytes::Bytes;

use super::cutter::CutPiece;

/// The tag of the end of what a client sends, which is no message.
pub(super) const END: u8 = 0;

/// Messages up to one of these are looked at together: behind it the client waits.
const BOUNDARIES: &[u8] = &[b'S', b'H', b'Q', b'F', b'X', END];

/// Messages in the sequence in which they came.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    messages: VecDeque<CutPiece>,
    bytes: usize,
    /// Boundaries among them: how many messages came before, and the tag.
    boundaries: VecDeque<(u64, u8)>,
    taken: u64,
}

impl Inbox {
    pub(super) fn push(&mut self, piece: CutPiece) {
        let came = self.taken + self.messages.len() as u64;
        if let Some(tag) = piece.tag.filter(|tag| BOUNDARIES.contains(tag)) {
            self.boundaries.push_back((came, tag));
        }
        self.bytes += piece.bytes.len();
        self.messages.push_back(piece);
    }

    pub(super) fn push_end(&mut self) {
        self.push(CutPiece {
            tag: Some(END),
            bytes: Bytes::new(),
            is_whole: true,
        });
    }

    pub(super) fn pop(&mut self) -> Option<CutPiece> {
        let piece = self.messages.pop_front()?;
        if self
            .boundaries
            .front()
            .is_some_and(|(at, _)| *at == self.taken)
        {
            self.boundaries.pop_front();
        }
        self.taken += 1;
        self.bytes -= piece.bytes.len();
        Some(piece)
    }

    pub(super) fn first_tag(&self) -> Option<u8> {
        self.messages.front()?.tag
    }

    pub(super) fn first(&self) -> Option<&CutPiece> {
        self.messages.front()
    }

    /// The boundary behind which the client waits; `None` if it has not come.
    pub(super) fn boundary(&self) -> Option<u8> {
        self.boundaries.front().map(|(_, tag)| *tag)
    }

    /// The messages up to the first boundary, without it.
    pub(super) fn until_boundary(&self) -> impl Iterator<Item = &CutPiece> {
        let end = self.boundaries.front().map_or(self.taken, |(at, _)| *at);
        let count = usize::try_from(end - self.taken).unwrap_or(usize::MAX);
        self.messages.iter().take(count)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }
}
