//! What a server sends to each client of a program, byte for byte.

use std::sync::{Arc, Mutex, PoisonError};

use checkout_sim::database::wire::{FRAME_BYTES_MAX, split};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

type Heard = Arc<Mutex<Vec<Vec<u8>>>>;

/// A relay that parses nothing, in front of a server or of a proxy.
pub struct Recorder {
    pub port: u16,
    heard: Heard,
    accepting: JoinHandle<()>,
}

impl Recorder {
    pub async fn start(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heard = Heard::default();
        let accepting = tokio::spawn(accept(listener, target, Arc::clone(&heard)));
        Self {
            port,
            heard,
            accepting,
        }
    }

    /// Of each session what came since it was open, in the sequence of their beginnings.
    pub fn stop(self) -> Vec<Vec<u8>> {
        self.accepting.abort();
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.iter().map(|bytes| since_open(bytes)).collect()
    }
}

async fn accept(listener: TcpListener, target: u16, heard: Heard) {
    loop {
        let (client, _) = listener.accept().await.expect("a client");
        let server = TcpStream::connect(("127.0.0.1", target))
            .await
            .expect("the server");
        client.set_nodelay(true).expect("a socket");
        let at = {
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            heard.push(Vec::new());
            heard.len() - 1
        };
        tokio::spawn(record(client, server, at, Arc::clone(&heard)));
    }
}

async fn record(client: TcpStream, server: TcpStream, at: usize, heard: Heard) {
    let (mut client_in, mut client_out) = client.into_split();
    let (mut server_in, mut server_out) = server.into_split();
    tokio::spawn(async move {
        let _ = tokio::io::copy(&mut client_in, &mut server_out).await;
        let _ = server_out.shutdown().await;
    });
    let mut bytes = vec![0; 1 << 16];
    while let Ok(read @ 1..) = server_in.read(&mut bytes).await {
        {
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            heard[at].extend(&bytes[..read]);
        }
        if client_out.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
    let _ = client_out.shutdown().await;
}

/// Proofs of identity and keys differ each time, and so does the process that a
/// notification names.
fn since_open(bytes: &[u8]) -> Vec<u8> {
    let mut rest = bytes;
    // What answers the question for encryption is no message.
    while let [b'N', more @ ..] = rest {
        rest = more;
    }
    let (mut is_open, mut heard) = (false, Vec::new());
    while let Ok(Some(frame)) = split(rest, FRAME_BYTES_MAX) {
        rest = &rest[frame.bytes.len()..];
        if is_open {
            heard.extend(frame.bytes);
        }
        if is_open && frame.tag == b'A' {
            let process = heard.len() - frame.body().len();
            heard[process..process + 4].fill(0);
        }
        is_open |= frame.tag == b'Z';
    }
    heard
}
