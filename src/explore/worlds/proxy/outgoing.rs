//! Bytes on their way to the client, and those that it must not see yet.

use bytes::BytesMut;

/// What goes to the client.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    /// What may be written.
    pub(super) ready: BytesMut,
    kept: BytesMut,
    is_keeping: bool,
}

impl Outgoing {
    /// Behind all that was pushed before.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        match self.is_keeping {
            true => self.kept.extend_from_slice(bytes),
            false => self.ready.extend_from_slice(bytes),
        }
    }

    /// Before what is kept.
    pub(super) fn push_before_kept(&mut self, bytes: &[u8]) {
        self.ready.extend_from_slice(bytes);
    }

    /// From here on bytes are kept.
    pub(super) const fn keep(&mut self) {
        self.is_keeping = true;
    }

    /// What was kept goes.
    pub(super) fn release(&mut self) {
        self.is_keeping = false;
        let kept = std::mem::take(&mut self.kept);
        self.ready.extend_from_slice(&kept);
    }

    /// What was kept is forgotten.
    pub(super) fn drop_kept(&mut self) {
        self.is_keeping = false;
        self.kept = BytesMut::new();
    }

    pub(super) fn kept_bytes(&self) -> usize {
        self.kept.len()
    }
}
