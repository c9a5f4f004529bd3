//! A relay that keeps what passes.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// So much is kept of all connections together, in bytes; more passes and is forgotten.
const KEPT_BYTES_MAX: usize = 64 << 20;

/// Which side said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TappedSide {
    /// The program.
    Client,
    /// The database.
    Server,
}

/// A piece of what one side of a connection said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TappedBytes {
    /// Which connection, from 1, in the sequence in which they came.
    pub connection: u64,
    /// Which side.
    pub side: TappedSide,
    /// The bytes; empty at the end of what this side says.
    pub bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct TapLog {
    pieces: Vec<TappedBytes>,
    bytes: usize,
    is_cut: bool,
}

/// A listener on this machine that passes each connection on and keeps what passes. It ends,
/// with all its connections, when it is dropped.
#[derive(Debug)]
pub struct Tap {
    log: Arc<Mutex<TapLog>>,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Tap {
    /// Listens on a free port of 127.0.0.1, in front of this address.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let log = Arc::new(Mutex::new(TapLog::default()));
        let accepting = tokio::spawn(accept(Arc::clone(&log), listener, server));
        Ok(Self {
            log,
            address,
            accepting,
        })
    }

    /// The port that programs connect to.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// How many pieces have been heard.
    #[must_use]
    pub fn heard(&self) -> usize {
        locked(&self.log).pieces.len()
    }

    /// All that has been heard.
    #[must_use]
    pub fn pieces(&self) -> Vec<TappedBytes> {
        locked(&self.log).pieces.clone()
    }

    /// Whether more has passed than is kept.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        locked(&self.log).is_cut
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Nothing that holds the lock can panic midway.
fn locked(log: &Mutex<TapLog>) -> MutexGuard<'_, TapLog> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(log: Arc<Mutex<TapLog>>, listener: TcpListener, server: SocketAddr) {
    let mut served = JoinSet::new();
    let mut connections = 0;
    while let Ok((client, _)) = listener.accept().await {
        connections += 1;
        served.spawn(relay(Arc::clone(&log), connections, client, server));
    }
}

async fn relay(log: Arc<Mutex<TapLog>>, connection: u64, client: TcpStream, server: SocketAddr) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    // A delay on either side would only make it slower.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (client_in, client_out) = client.into_split();
    let (server_in, server_out) = server.into_split();
    tokio::join!(
        pass(
            &log,
            (connection, TappedSide::Client),
            client_in,
            server_out
        ),
        pass(
            &log,
            (connection, TappedSide::Server),
            server_in,
            client_out
        ),
    );
}

/// Passes on what one side says, to its end.
async fn pass(
    log: &Mutex<TapLog>,
    (connection, side): (u64, TappedSide),
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
) {
    let mut room = vec![0; 16 << 10];
    loop {
        let read = from.read(&mut room).await.unwrap_or(0);
        keep(log, connection, side, &room[..read]);
        if read == 0 || to.write_all(&room[..read]).await.is_err() {
            // The other side may be gone.
            let _ = to.shutdown().await;
            return;
        }
    }
}

fn keep(log: &Mutex<TapLog>, connection: u64, side: TappedSide, bytes: &[u8]) {
    let mut log = locked(log);
    if log.is_cut || log.bytes + bytes.len() > KEPT_BYTES_MAX {
        log.is_cut = true;
        return;
    }
    log.bytes += bytes.len();
    log.pieces.push(TappedBytes {
        connection,
        side,
        bytes: bytes.to_vec(),
    });
}
