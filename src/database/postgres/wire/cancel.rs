//! The end of a statement of another connection.

use super::failure::WireResult;
use super::options::{WireAddress, WireTls};
use super::secure;

/// What the server wants to see before it cancels what a connection does.
#[derive(Clone)]
pub struct CancelKey {
    address: WireAddress,
    tls: WireTls,
    pid: u32,
    secret: Vec<u8>,
}

impl CancelKey {
    pub(super) const fn new(address: WireAddress, tls: WireTls) -> Self {
        Self {
            address,
            tls,
            pid: 0,
            secret: Vec::new(),
        }
    }

    pub(super) fn set(&mut self, pid: u32, secret: &[u8]) {
        self.pid = pid;
        self.secret = secret.to_vec();
    }

    /// The server process of the connection; 0 if the server named none.
    #[must_use]
    pub const fn pid(&self) -> u32 {
        self.pid
    }

    /// Asks the server to cancel what the connection does, and waits until the
    /// request was read. The statement fails with 57014 if it is still under way;
    /// nothing tells whether it was.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn cancel(&self) -> WireResult<()> {
        let mut channel = secure::connect(&self.address, &self.tls, 0).await?;
        channel.outbox.cancel(self.pid, &self.secret);
        channel.send().await?;
        channel.end().await;
        Ok(())
    }
}

/// Without the secret.
impl std::fmt::Debug for CancelKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CancelKey")
            .field("address", &self.address)
            .field("pid", &self.pid)
            .finish_non_exhaustive()
    }
}
