//! The first packets of a connection: what it is for.

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::database::wire::{FirstPacket, split_untagged};

/// What a connection is for.
#[derive(Debug)]
pub(super) enum Opening {
    /// A session.
    Session {
        /// The packet as it came, and what came behind it.
        packet: BytesMut,
        behind: BytesMut,
        parameters: Vec<(String, String)>,
    },
    /// The client left when it was told that there is no TLS here.
    WantsTls,
    /// To cancel what another connection does.
    Cancel {
        packet: BytesMut,
        pid: u32,
        secret: Vec<u8>,
    },
}

/// Reads up to the packet that says what the connection is for. Encryption is refused on
/// the way, as a server without it does.
///
/// # Errors
/// One line; empty where the client left without a word.
pub(super) async fn read(client: &mut TcpStream) -> Result<Opening, String> {
    let mut room = BytesMut::new();
    let mut is_refused = false;
    loop {
        let found = match split_untagged(&room) {
            Ok(found) => found.map(<[u8]>::len),
            Err(_) if room.first() == Some(&0x16) => {
                return Err("the client began TLS without asking: sslmode=disable, or \
                            sslnegotiation=postgres, is needed here"
                    .into());
            }
            Err(error) => return Err(format!("the client began with {error}")),
        };
        let Some(length) = found else {
            let read = client.read_buf(&mut room).await;
            match read.map_err(|error| error.to_string())? {
                0 if is_refused => return Ok(Opening::WantsTls),
                0 => return Err(String::new()),
                _ => continue,
            }
        };
        let packet = room.split_to(length);
        match FirstPacket::read(&packet) {
            Some(first @ (FirstPacket::Tls | FirstPacket::Gss)) => {
                is_refused |= matches!(first, FirstPacket::Tls);
                let answered = client.write_all(b"N").await;
                answered.map_err(|error| error.to_string())?;
            }
            Some(FirstPacket::Cancel { pid, secret }) => {
                let secret = secret.to_vec();
                return Ok(Opening::Cancel {
                    packet,
                    pid,
                    secret,
                });
            }
            // What the server does not know either, it refuses itself.
            other => {
                let parameters = parameters(other);
                return Ok(Opening::Session {
                    packet,
                    behind: room,
                    parameters,
                });
            }
        }
    }
}

fn parameters(packet: Option<FirstPacket<'_>>) -> Vec<(String, String)> {
    let Some(FirstPacket::Startup { parameters, .. }) = packet else {
        return Vec::new();
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let named = parameters.into_iter();
    named
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}
