//! A connection to the server, of either kind.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use crate::database::wire::WireAddress;

/// Bytes to the server and from it.
pub(super) trait ServerSocket: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> ServerSocket for S {}

/// Connects.
///
/// # Errors
/// The server is not there.
pub(super) async fn reach(server: &WireAddress) -> io::Result<Box<dyn ServerSocket>> {
    match server {
        WireAddress::Unix(directory, port) => {
            let socket = UnixStream::connect(directory.join(format!(".s.PGSQL.{port}"))).await?;
            Ok(Box::new(socket))
        }
        WireAddress::Tcp(host, port) => {
            let socket = TcpStream::connect((host.as_str(), *port)).await?;
            socket.set_nodelay(true)?;
            Ok(Box::new(socket))
        }
    }
}
