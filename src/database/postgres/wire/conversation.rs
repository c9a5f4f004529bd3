//! Whose turn it is: what is sent, and what is read until the server waits again.

use super::asides::Asides;
use super::channel::Channel;
use super::failure::{WireFailure, WireResult};
use super::message_in::{BackendMessage, TransactionStatus};
use super::message_out::Outbox;
use super::prepared::ClosingNames;
use super::reply::{Awaited, NO_COPY_IN, ReplySoFar};

/// How many bytes of data go in one message.
const PIECE_BYTES: usize = 64 << 10;

/// What ends a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallEnd {
    /// A Sync, and with it the implicit transaction.
    Sync,
    /// A Flush: the implicit transaction stays open.
    Hold,
}

/// What may come next.
#[derive(Debug)]
enum Turn {
    /// A statement.
    Ready,
    /// A statement that is held too, or the Sync.
    Held,
    /// Nothing: a call is under way, or was dropped.
    Busy,
    /// Nothing any more.
    Over(WireFailure),
}

/// A session, one call after the other.
#[derive(Debug)]
pub(super) struct Conversation {
    channel: Channel,
    pub(super) asides: Asides,
    pub(super) closing: ClosingNames,
    pub(super) status: TransactionStatus,
    turn: Turn,
}

impl Conversation {
    pub(super) fn new(channel: Channel, asides: Asides) -> Self {
        Self {
            channel,
            asides,
            closing: ClosingNames::default(),
            status: TransactionStatus::Idle,
            turn: Turn::Ready,
        }
    }

    pub(super) const fn is_held(&self) -> bool {
        matches!(self.turn, Turn::Held)
    }

    pub(super) const fn may_send(&self) -> bool {
        matches!(self.turn, Turn::Ready | Turn::Held)
    }

    /// Begins a call: what is to be sent goes into the outbox, and
    /// [`Self::finish`] sends it.
    pub(super) fn begin(&mut self, ending: CallEnd) -> WireResult<&mut Outbox> {
        match (&self.turn, ending) {
            (Turn::Ready, _) | (Turn::Held, CallEnd::Hold) => {}
            (Turn::Held, CallEnd::Sync) => {
                return Err(WireFailure::Unsupported("a Sync is due first".into()));
            }
            (Turn::Busy, _) => return Err(dropped()),
            (Turn::Over(failure), _) => return Err(failure.clone()),
        }
        self.turn = Turn::Busy;
        let outbox = &mut self.channel.outbox;
        outbox.clear();
        let closing = self.closing.take();
        closing.iter().for_each(|name| outbox.close_statement(name));
        Ok(outbox)
    }

    /// Where a call that has begun puts more.
    pub(super) const fn outbox(&mut self) -> &mut Outbox {
        &mut self.channel.outbox
    }

    /// Sends the outbox of a call that goes on.
    ///
    /// # Errors
    /// [`WireFailure::Lost`].
    pub(super) async fn send_on(&mut self) -> WireResult<()> {
        let sent = self.channel.send().await;
        if let Err(failure) = &sent {
            self.turn = Turn::Over(failure.clone());
        }
        sent
    }

    /// Begins the call that sends the Sync that is held.
    pub(super) fn begin_sync(&mut self) -> WireResult<()> {
        match &self.turn {
            Turn::Held => {}
            Turn::Ready => return Err(WireFailure::Unsupported("no Sync is due".into())),
            Turn::Busy => return Err(dropped()),
            Turn::Over(failure) => return Err(failure.clone()),
        }
        self.turn = Turn::Busy;
        self.channel.outbox.clear();
        Ok(())
    }

    /// Sends the outbox with its ending, and reads the reply.
    ///
    /// # Errors
    /// [`WireFailure::Lost`] alone; whether the statement failed is told by the
    /// reply.
    pub(super) async fn finish(
        &mut self,
        ending: CallEnd,
        reply: &mut ReplySoFar,
    ) -> WireResult<()> {
        self.finish_with(ending, reply, None).await
    }

    /// As [`Self::finish`], with data for a server that waits for them.
    pub(super) async fn finish_with(
        &mut self,
        ending: CallEnd,
        reply: &mut ReplySoFar,
        data: Option<&[u8]>,
    ) -> WireResult<()> {
        let read = self.send_and_read(ending, reply, data).await;
        self.turn = match &read {
            Ok(CallEnd::Sync) => Turn::Ready,
            Ok(CallEnd::Hold) => Turn::Held,
            Err(failure) => Turn::Over(failure.clone()),
        };
        read.map(drop)
    }

    /// Answers how the statement ended at last.
    async fn send_and_read(
        &mut self,
        mut ending: CallEnd,
        reply: &mut ReplySoFar,
        data: Option<&[u8]>,
    ) -> WireResult<CallEnd> {
        self.send(ending).await?;
        loop {
            let message = self.channel.message().await?;
            let Some(message) = self.asides.take_in(message) else {
                continue;
            };
            match (reply.take_in(message)?, ending) {
                (Awaited::Ready(status), _) => {
                    self.status = status;
                    return Ok(CallEnd::Sync);
                }
                (Awaited::Done, CallEnd::Hold) if !reply.is_refused() => return Ok(ending),
                // The transaction is over. The server skips everything up to a Sync.
                (Awaited::Done, CallEnd::Hold) => {
                    ending = CallEnd::Sync;
                    self.send(ending).await?;
                }
                // The server has skipped the ending, since it waits for data.
                (Awaited::Data, _) => {
                    self.send_data(data).await?;
                    self.send(ending).await?;
                }
                (Awaited::Done, CallEnd::Sync) | (Awaited::More, _) => {}
            }
        }
    }

    /// Sends the data, a piece at a time: a message has a longest length.
    async fn send_data(&mut self, data: Option<&[u8]>) -> WireResult<()> {
        let Some(data) = data else {
            self.channel.outbox.copy_fail(NO_COPY_IN);
            return Ok(());
        };
        for piece in data.chunks(PIECE_BYTES) {
            self.channel.outbox.copy_data(piece);
            self.channel.send().await?;
        }
        self.channel.outbox.copy_done();
        Ok(())
    }

    /// Sends an outbox in which each group of statements ends with a Sync, and reads the
    /// replies: one a statement, and of a group nothing more behind one that failed.
    ///
    /// # Errors
    /// [`WireFailure::Lost`] alone, as of [`Self::finish`].
    pub(super) async fn finish_groups(&mut self, groups: &mut [Vec<ReplySoFar>]) -> WireResult<()> {
        let read = self.read_groups(groups).await;
        self.turn = match &read {
            Ok(()) => Turn::Ready,
            Err(failure) => Turn::Over(failure.clone()),
        };
        read
    }

    async fn read_groups(&mut self, groups: &mut [Vec<ReplySoFar>]) -> WireResult<()> {
        self.channel.send().await?;
        for group in groups {
            let mut at = 0;
            loop {
                let message = self.channel.message().await?;
                let Some(message) = self.asides.take_in(message) else {
                    continue;
                };
                if let BackendMessage::ReadyForQuery(status) = message {
                    self.status = status;
                    break;
                }
                let Some(reply) = group.get_mut(at) else {
                    return Err(WireFailure::lost("the server answers what was not asked"));
                };
                match reply.take_in(message)? {
                    // Behind a failure the server skips what is left of the group.
                    Awaited::Done if reply.is_refused() => at = group.len(),
                    Awaited::Done => at += 1,
                    Awaited::Data => {
                        return Err(WireFailure::lost("COPY among statements of a group"));
                    }
                    Awaited::More | Awaited::Ready(_) => {}
                }
            }
        }
        Ok(())
    }

    async fn send(&mut self, ending: CallEnd) -> WireResult<()> {
        match ending {
            CallEnd::Sync => self.channel.outbox.sync(),
            CallEnd::Hold => self.channel.outbox.flush(),
        }
        self.channel.send().await
    }

    /// Ends the session.
    pub(super) async fn say_goodbye(&mut self) {
        self.channel.outbox.clear();
        self.channel.outbox.terminate();
        // The server may be gone already.
        if self.channel.send().await.is_ok() {
            self.channel.end().await;
        }
    }
}

fn dropped() -> WireFailure {
    WireFailure::lost("an earlier call of this connection was dropped before its reply")
}
