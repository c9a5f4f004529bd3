//! What takes itself for a server, to say and to do what a real one seldom does.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::talk::frame;

/// The server process that it names.
pub const PID: u32 = 7;

pub struct Pretender {
    listener: TcpListener,
    pub port: u16,
}

impl Pretender {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        Self { listener, port }
    }

    /// The next connection, and the first packet on it.
    pub async fn accept(&self) -> (TcpStream, Vec<u8>) {
        let (mut stream, _) = self.listener.accept().await.expect("a connection");
        let length = stream.read_u32().await.expect("a length");
        let mut rest = vec![0; length as usize - 4];
        stream.read_exact(&mut rest).await.expect("a packet");
        (stream, [&length.to_be_bytes()[..], &rest].concat())
    }
}

/// What lets a session in with this key, in a version that the client did not ask for.
pub fn opened(secret: &[u8]) -> Vec<u8> {
    let negotiated = [0_u32.to_be_bytes(), 0_u32.to_be_bytes()].concat();
    [
        frame(b'v', &negotiated),
        frame(b'R', &0_u32.to_be_bytes()),
        frame(b'K', &[&PID.to_be_bytes()[..], secret].concat()),
        frame(b'Z', b"I"),
    ]
    .concat()
}

/// Lets a session in.
pub async fn let_in(session: &mut TcpStream, secret: &[u8]) {
    session.write_all(&opened(secret)).await.expect("sent");
}
