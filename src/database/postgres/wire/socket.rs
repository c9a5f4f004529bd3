//! The bytes' way: a unix socket or TCP.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};

use super::options::WireAddress;

#[derive(Debug)]
pub(super) enum Socket {
    Unix(UnixStream),
    Tcp(TcpStream),
}

/// How many bytes went which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    Written(usize),
    Read(usize),
}

impl Socket {
    pub(super) async fn connect(address: &WireAddress) -> io::Result<Self> {
        match address {
            WireAddress::Unix(directory, port) => {
                let path = directory.join(format!(".s.PGSQL.{port}"));
                Ok(Self::Unix(UnixStream::connect(path).await?))
            }
            WireAddress::Tcp(host, port) => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                Ok(Self::Tcp(stream))
            }
        }
    }

    /// Reads what is there, or waits for it; 0 at the end.
    pub(super) async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.read(into).await,
            Self::Tcp(stream) => stream.read(into).await,
        }
    }

    /// Writes some of `out`, or reads while the peer takes nothing more: it may itself
    /// wait until it can send.
    pub(super) async fn write_or_read(&mut self, out: &[u8], into: &mut [u8]) -> io::Result<Moved> {
        match self {
            Self::Unix(stream) => {
                let (from, to) = stream.split();
                either(from, to, out, into).await
            }
            Self::Tcp(stream) => {
                let (from, to) = stream.split();
                either(from, to, out, into).await
            }
        }
    }
}

async fn either(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    out: &[u8],
    into: &mut [u8],
) -> io::Result<Moved> {
    tokio::select! {
        biased;
        written = to.write(out) => written.map(Moved::Written),
        read = from.read(into) => read.map(Moved::Read),
    }
}
