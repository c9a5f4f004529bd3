//! Sessions of the server that stay when their client has left, for the next one that asks for the
//! same.
//!
//! A program that opens a connection for each request has the server start a process each time, and
//! proves a password each time, which is most of what a schedule of it takes
//! (`reports/performance.md`). A session that is put back to
//! its beginning (`DISCARD ALL`, as poolers do) is to the next client what a new one is, but for the
//! number of its process.

use std::fmt;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::refusal::{WRONG_PASSWORD, refusal};
use super::server_socket::ServerSocket;
use crate::database::wire::{BackendMessage, FRAME_BYTES_MAX, Outbox, TransactionStatus, split};

/// So many stay: as many as a few requests at once have.
const KEPT_MAX: usize = 8;

/// A client that is asked for its password, or a server that is told to forget, takes no longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A password message is no longer than this, in bytes.
const PASSWORD_BYTES_MAX: usize = 10_000;

/// What forgets all that a client has done in its session.
const FORGET: &[u8] = b"DISCARD ALL";

/// One that is as new.
pub(super) struct KeptSession {
    pub(super) socket: Box<dyn ServerSocket>,
    /// What the server said when it let the first client in, from there on.
    pub(super) greeting: BytesMut,
}

/// Those that wait for a client, each with the first packet of the one that it was opened for; the
/// last one was kept last.
#[derive(Default)]
pub(super) struct KeptSessions(Vec<(Bytes, KeptSession)>);

impl KeptSessions {
    /// One that was opened for such a packet. What has ended, or has said something since, is no
    /// longer as new, and is given up.
    pub(super) fn take(&mut self, packet: &[u8]) -> Option<KeptSession> {
        loop {
            let at = self.0.iter().rposition(|(of, _)| of == packet)?;
            let (_, mut session) = self.0.remove(at);
            if is_silent(&mut *session.socket) {
                return Some(session);
            }
        }
    }

    pub(super) fn add(&mut self, packet: Bytes, session: KeptSession) {
        self.0.push((packet, session));
        if self.0.len() > KEPT_MAX {
            self.0.remove(0);
        }
    }
}

/// Whether nothing has come, not even the end.
fn is_silent(socket: &mut dyn ServerSocket) -> bool {
    let mut room = [0; 1];
    let read = pin!(socket.read(&mut room));
    let mut context = Context::from_waker(Waker::noop());
    read.poll(&mut context).is_pending()
}

impl fmt::Debug for KeptSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sessions", self.0.len())
    }
}

/// Puts a session back to its beginning; whether that was done.
pub(super) async fn forgets(socket: &mut dyn ServerSocket) -> bool {
    let done = tokio::time::timeout(PATIENCE, forget(socket)).await;
    done.unwrap_or(false)
}

async fn forget(socket: &mut dyn ServerSocket) -> bool {
    let mut outbox = Outbox::default();
    outbox.query(FORGET);
    if socket.write_all(outbox.bytes()).await.is_err() {
        return false;
    }
    let mut room = BytesMut::new();
    loop {
        let message = match split(&room, FRAME_BYTES_MAX) {
            Err(_) => return false,
            Ok(None) => match socket.read_buf(&mut room).await {
                Ok(1..) => continue,
                Ok(_) | Err(_) => return false,
            },
            Ok(Some(frame)) => (frame.bytes.len(), BackendMessage::read(frame)),
        };
        let (length, is_over) = match message {
            (_, None | Some(BackendMessage::ErrorResponse(_))) => return false,
            (length, Some(BackendMessage::ReadyForQuery(status))) => {
                (length, Some(status == TransactionStatus::Idle))
            }
            (length, Some(_)) => (length, None),
        };
        room.advance(length);
        if let Some(is_idle) = is_over {
            return is_idle && room.is_empty();
        }
    }
}

/// Asks a client for the password, in clear, which goes no further than this machine; what it
/// sends behind it is left. `false` where it leaves.
///
/// # Errors
/// It does not know it, and was told so.
pub(super) async fn knows(
    client: &mut TcpStream,
    room: &mut BytesMut,
    password: &str,
) -> Result<bool, String> {
    if password.is_empty() {
        return Ok(true);
    }
    let asked = tokio::time::timeout(PATIENCE, ask(client, room, password)).await;
    asked.unwrap_or(Ok(false))
}

async fn ask(client: &mut TcpStream, room: &mut BytesMut, password: &str) -> Result<bool, String> {
    let mut outbox = Outbox::default();
    outbox.ask_for_password();
    let asked = client.write_all(outbox.bytes()).await;
    asked.map_err(|error| error.to_string())?;
    loop {
        match split(room, PASSWORD_BYTES_MAX) {
            Ok(None) => match client.read_buf(room).await {
                Ok(1..) => {}
                Ok(_) | Err(_) => return Ok(false),
            },
            Ok(Some(frame)) if frame.tag == b'X' => return Ok(false),
            Ok(Some(frame)) if is_password(frame.tag, frame.body(), password) => {
                let length = frame.bytes.len();
                room.advance(length);
                return Ok(true);
            }
            Ok(Some(_)) | Err(_) => {
                let reason = "the password is wrong";
                let _ = client.write_all(&refusal(WRONG_PASSWORD, reason)).await;
                return Err(reason.into());
            }
        }
    }
}

fn is_password(tag: u8, body: &[u8], password: &str) -> bool {
    tag == b'p' && body.strip_suffix(&[0]) == Some(password.as_bytes())
}
