//! A channel to a server, in clear or with TLS.

use super::channel::Channel;
use super::failure::{WireFailure, WireResult};
use super::options::{WireAddress, WireTls, WireTlsMode};
use super::socket::Socket;

/// Connects, and begins TLS where it is to be spoken.
pub(super) async fn connect(
    address: &WireAddress,
    tls: &WireTls,
    frame_bytes_max: usize,
) -> WireResult<Channel> {
    let socket = Socket::connect(address).await;
    let socket = socket.map_err(|error| WireFailure::lost(error.to_string()))?;
    let mut channel = Channel::new(socket, frame_bytes_max);
    let WireAddress::Tcp(host, _) = address else {
        return Ok(channel);
    };
    if !is_tls_spoken(&mut channel, tls.mode).await? {
        return Ok(channel);
    }
    let socket = begin(channel.into_socket()?, host, tls).await?;
    Ok(Channel::new(socket, frame_bytes_max))
}

/// Asks the server, if it is to be asked.
async fn is_tls_spoken(channel: &mut Channel, mode: WireTlsMode) -> WireResult<bool> {
    if mode == WireTlsMode::Off {
        return Ok(false);
    }
    channel.outbox.ssl_request();
    channel.send().await?;
    match (channel.byte().await?, mode) {
        (b'S', _) => Ok(true),
        (b'N', WireTlsMode::Off | WireTlsMode::Preferred) => Ok(false),
        (b'N', _) => Err(WireFailure::Unsupported(
            "server does not support TLS".into(),
        )),
        (byte, _) => Err(WireFailure::lost(format!(
            "the server answered the question for TLS with '{}'",
            byte.escape_ascii()
        ))),
    }
}

#[cfg(feature = "tls")]
async fn begin(socket: Socket, host: &str, tls: &WireTls) -> WireResult<Socket> {
    match socket {
        Socket::Tcp(stream) => super::tls::begin(stream, host, tls).await.map(Socket::Tls),
        // It goes through no network.
        other => Ok(other),
    }
}

#[cfg(not(feature = "tls"))]
async fn begin(_: Socket, _: &str, _: &WireTls) -> WireResult<Socket> {
    Err(WireFailure::Unsupported(
        "the server speaks TLS, which this connection cannot: connect by its unix socket, \
         or with TLS off"
            .into(),
    ))
}
