//! From a socket to a session that is ready.

use super::asides::Asides;
use super::cancel::CancelKey;
use super::channel::Channel;
use super::failure::{WireFailure, WireResult};
use super::framing::FRAME_BYTES_MAX;
use super::identity::Identity;
use super::message_in::BackendMessage;
use super::options::WireOptions;
use super::secure;

/// The longest message of a server that has not yet let the session in (libpq has
/// the same bound).
const STARTUP_FRAME_BYTES_MAX: usize = 30_000;

/// A session that is ready.
pub(super) struct Opened {
    pub(super) channel: Channel,
    pub(super) asides: Asides,
    pub(super) key: CancelKey,
}

/// Connects and waits until the server is ready. Its future may be dropped: nothing
/// is under way yet.
pub(super) async fn open(options: &WireOptions) -> WireResult<Opened> {
    refuse_zeros(options)?;
    let (address, tls) = (&options.address, &options.tls);
    let mut channel = secure::connect(address, tls, STARTUP_FRAME_BYTES_MAX).await?;
    channel.outbox.startup(options.startup());
    channel.send().await?;
    let mut opened = Opened {
        channel,
        asides: Asides::default(),
        key: CancelKey::new(address.clone(), tls.clone()),
    };
    opened.get_ready(options).await?;
    opened.channel.frame_bytes_max = FRAME_BYTES_MAX;
    Ok(opened)
}

/// Names and values end with a zero, and a name that is empty ends them all.
fn refuse_zeros(options: &WireOptions) -> WireResult<()> {
    let password = options
        .password
        .iter()
        .map(|text| ("password", text.as_str()));
    let is_bad = |(name, value): (&str, &str)| {
        name.is_empty() || name.contains('\0') || value.contains('\0')
    };
    match options.startup().chain(password).any(is_bad) {
        true => Err(WireFailure::Unsupported(
            "a setting of a connection has a zero byte, or no name".into(),
        )),
        false => Ok(()),
    }
}

impl Opened {
    async fn get_ready(&mut self, options: &WireOptions) -> WireResult<()> {
        let mut identity = Identity::Settled;
        loop {
            // The channel answers while what it lent is still read.
            let mut outbox = std::mem::take(&mut self.channel.outbox);
            let message = self.channel.message().await?;
            match self.asides.take_in(message) {
                None => {}
                Some(BackendMessage::ReadyForQuery(_)) => return Ok(()),
                Some(BackendMessage::ErrorResponse(error)) => return Err(WireFailure::of(error)),
                Some(BackendMessage::BackendKeyData(pid, secret)) => {
                    self.key.set(pid, secret);
                }
                Some(BackendMessage::Authentication(method, more)) => {
                    identity = identity.answer(method, more, options, &mut outbox)?;
                }
                Some(_) => return Err(WireFailure::lost("the server let a session in midway")),
            }
            self.channel.outbox = outbox;
            self.channel.send().await?;
        }
    }
}
