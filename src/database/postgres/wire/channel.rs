//! Messages over a socket: what is to go, and what has come.

use super::failure::{WireFailure, WireResult};
use super::framing::{Frame, split};
use super::message_in::BackendMessage;
use super::message_out::Outbox;
use super::socket::{Moved, Socket};

/// The room for what comes, in bytes; a longer message widens it for a while.
const ROOM_BYTES: usize = 16 << 10;

const CLOSED: &str = "the server closed the connection";

/// A socket with a buffer each way.
#[derive(Debug)]
pub(super) struct Channel {
    socket: Socket,
    /// What [`Channel::send`] sends.
    pub(super) outbox: Outbox,
    /// The longest message that is taken.
    pub(super) frame_bytes_max: usize,
    room: Vec<u8>,
    /// What has come and was not read lies between these, in `room`.
    unread: std::ops::Range<usize>,
}

impl Channel {
    pub(super) fn new(socket: Socket, frame_bytes_max: usize) -> Self {
        Self {
            socket,
            outbox: Outbox::default(),
            frame_bytes_max,
            room: vec![0; ROOM_BYTES],
            unread: 0..0,
        }
    }

    /// Sends the outbox, in one write if the system takes it.
    pub(super) async fn send(&mut self) -> WireResult<()> {
        let mut sent = 0;
        loop {
            self.make_room();
            let out = &self.outbox.bytes()[sent..];
            let into = &mut self.room[self.unread.end..];
            match self.socket.write_or_read(out, into).await {
                Ok(Moved::Flushed) => break,
                Ok(Moved::Written(bytes)) if bytes > 0 => sent += bytes,
                Ok(Moved::Read(bytes)) if bytes > 0 => self.unread.end += bytes,
                Ok(_) => return Err(self.last_word(CLOSED).await),
                Err(error) => return Err(self.last_word(&error.to_string()).await),
            }
        }
        self.outbox.clear();
        Ok(())
    }

    /// Why nothing can be sent any more: the server may have said so before it
    /// closed the connection.
    async fn last_word(&mut self, reason: &str) -> WireFailure {
        loop {
            match self.message().await {
                Ok(BackendMessage::ErrorResponse(message)) => return WireFailure::of(message),
                Ok(_) => {}
                Err(_) => return WireFailure::lost(reason),
            }
        }
    }

    /// The next message; waits for it.
    pub(super) async fn message(&mut self) -> WireResult<BackendMessage<'_>> {
        let frame = self.frame().await?;
        BackendMessage::read(frame).ok_or_else(|| {
            let tag = frame.tag.escape_ascii();
            WireFailure::lost(format!("the server sent a message '{tag}' that is none"))
        })
    }

    async fn frame(&mut self) -> WireResult<Frame<'_>> {
        let length = loop {
            let unread = &self.room[self.unread.clone()];
            match split(unread, self.frame_bytes_max) {
                Ok(Some(frame)) => break frame.bytes.len(),
                Ok(None) => self.fill().await?,
                Err(error) => return Err(WireFailure::lost(error.to_string())),
            }
        };
        let start = self.unread.start;
        self.unread.start += length;
        let bytes = &self.room[start..start + length];
        let tag = bytes[0];
        Ok(Frame { tag, bytes })
    }

    /// One byte that is no message: the answer to SSLRequest.
    pub(super) async fn byte(&mut self) -> WireResult<u8> {
        if self.unread.is_empty() {
            self.fill().await?;
        }
        self.unread.start += 1;
        Ok(self.room[self.unread.start - 1])
    }

    /// The socket, for TLS to begin.
    ///
    /// # Errors
    /// The server has already said something, or another party that is on the way: in
    /// clear, and it would be taken for what the server says in secret.
    pub(super) fn into_socket(self) -> WireResult<Socket> {
        match self.unread.is_empty() {
            true => Ok(self.socket),
            false => Err(WireFailure::lost(
                "the server went on in clear after it had agreed to TLS",
            )),
        }
    }

    /// Waits until the server closes the connection.
    pub(super) async fn end(&mut self) {
        while self.fill().await.is_ok() {
            self.unread = 0..0;
        }
    }

    async fn fill(&mut self) -> WireResult<()> {
        self.make_room();
        let read = self.socket.read(&mut self.room[self.unread.end..]).await;
        match read {
            Ok(0) => Err(WireFailure::lost(CLOSED)),
            Ok(bytes) => {
                self.unread.end += bytes;
                Ok(())
            }
            Err(error) => Err(WireFailure::lost(error.to_string())),
        }
    }

    /// Doubles a room that is full, so that a long message grows as it comes, and
    /// not by what it says of its length.
    fn make_room(&mut self) {
        let Self { room, unread, .. } = self;
        if unread.start == unread.end {
            *unread = 0..0;
            if room.len() > 64 * ROOM_BYTES {
                *room = vec![0; ROOM_BYTES];
            }
        }
        if unread.end < room.len() {
            return;
        }
        if unread.start > room.len() / 2 {
            room.copy_within(unread.clone(), 0);
            *unread = 0..unread.len();
        } else {
            room.resize(2 * room.len(), 0);
        }
    }
}
