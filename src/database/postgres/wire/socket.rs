//! The bytes' way: a unix socket or TCP, in clear or with TLS.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use super::options::WireAddress;

#[derive(Debug)]
pub(super) enum Socket {
    Unix(UnixStream),
    Tcp(TcpStream),
    #[cfg(feature = "tls")]
    Tls(Box<tokio_rustls::client::TlsStream<TcpStream>>),
}

/// How many bytes went which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    Written(usize),
    /// All that was written is on its way.
    Flushed,
    Read(usize),
}

trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

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
            Self::Unix(stream) => poll_fn(|cx| read(stream, cx, into)).await,
            Self::Tcp(stream) => poll_fn(|cx| read(stream, cx, into)).await,
            #[cfg(feature = "tls")]
            Self::Tls(stream) => poll_fn(|cx| read(stream, cx, into)).await,
        }
    }

    /// Writes some of `out`, or reads while the peer takes nothing more: it may itself
    /// wait until it can send. With nothing to write, what TLS has kept is sent.
    pub(super) async fn write_or_read(&mut self, out: &[u8], into: &mut [u8]) -> io::Result<Moved> {
        match self {
            Self::Unix(stream) => poll_fn(|cx| either(stream, cx, out, into)).await,
            Self::Tcp(stream) => poll_fn(|cx| either(stream, cx, out, into)).await,
            #[cfg(feature = "tls")]
            Self::Tls(stream) => poll_fn(|cx| either(stream, cx, out, into)).await,
        }
    }
}

fn either(
    stream: &mut impl Stream,
    cx: &mut Context<'_>,
    out: &[u8],
    into: &mut [u8],
) -> Poll<io::Result<Moved>> {
    let pinned = Pin::new(&mut *stream);
    let sent = match out {
        [] => pinned.poll_flush(cx).map_ok(|()| Moved::Flushed),
        out => pinned.poll_write(cx, out).map_ok(Moved::Written),
    };
    match sent {
        Poll::Pending => read(stream, cx, into).map_ok(Moved::Read),
        sent => sent,
    }
}

fn read(
    stream: &mut impl Stream,
    cx: &mut Context<'_>,
    into: &mut [u8],
) -> Poll<io::Result<usize>> {
    let mut into = ReadBuf::new(into);
    match ready!(Pin::new(stream).poll_read(cx, &mut into)) {
        Ok(()) => Poll::Ready(Ok(into.filled().len())),
        // TLS that ends without a farewell. PostgreSQL's messages say themselves where
        // they end, so nothing is taken for whole that is not.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(0)),
        Err(error) => Poll::Ready(Err(error)),
    }
}
