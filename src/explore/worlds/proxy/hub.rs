//! What the connections of a proxy share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::fault_book::FaultBook;
use super::kept::{KeptSession, KeptSessions};
use super::settings::{HoldSettings, KeepSettings};
use super::step::{ConnectionId, ProxyEvent};
use crate::database::wire::WireAddress;

/// What a connection is told.
#[derive(Debug, Clone, Copy)]
pub(super) enum Control {
    /// The step of this number goes.
    LetGo(u64),
    /// The connection is cut, in place of the step of this number.
    Cut(u64),
    /// The step of this number goes, and the connection is cut in place of its reply.
    LoseReply(u64),
    /// From now on steps are held so, or pass.
    Hold(Option<HoldSettings>),
}

#[derive(Debug, Default)]
struct Shared {
    connections: u64,
    holding: Option<HoldSettings>,
    controls: HashMap<ConnectionId, mpsc::UnboundedSender<Control>>,
    /// What the server gave each session for cancelling.
    keys: HashMap<(u32, Vec<u8>), ConnectionId>,
    kept: KeptSessions,
    /// A client has left that was asked for the password of one of them.
    keeps_no_more: bool,
}

/// Everything but the connections themselves.
#[derive(Debug)]
pub(super) struct Hub {
    pub(super) server: WireAddress,
    events: Option<mpsc::Sender<ProxyEvent>>,
    keeps: Option<KeepSettings>,
    /// The faults of a load, where it has any.
    pub(super) faults: Option<Arc<FaultBook>>,
    shared: Mutex<Shared>,
    /// Connections on which something is under way that is no step.
    busy: AtomicUsize,
    /// How often anything has happened on any of them.
    turns: AtomicU64,
}

/// Whether something is under way on a connection that is no step.
pub(super) struct BusyMark<'h> {
    hub: &'h Hub,
    is_busy: bool,
}

impl<'h> BusyMark<'h> {
    /// Of a connection that has just come.
    pub(super) fn new(hub: &'h Hub) -> Self {
        hub.busy.fetch_add(1, SeqCst);
        Self { hub, is_busy: true }
    }

    /// Something has happened, and now it is so.
    pub(super) fn set(&mut self, is_busy: bool) {
        match (self.is_busy, is_busy) {
            (false, true) => drop(self.hub.busy.fetch_add(1, SeqCst)),
            (true, false) => drop(self.hub.busy.fetch_sub(1, SeqCst)),
            _ => {}
        }
        self.is_busy = is_busy;
        self.hub.turns.fetch_add(1, SeqCst);
    }
}

impl Drop for BusyMark<'_> {
    fn drop(&mut self) {
        self.set(false);
    }
}

impl Hub {
    pub(super) fn new(
        server: WireAddress,
        holding: Option<HoldSettings>,
        events: Option<mpsc::Sender<ProxyEvent>>,
        keeps: Option<KeepSettings>,
    ) -> Self {
        let shared = Shared {
            holding,
            ..Shared::default()
        };
        Self {
            server,
            events,
            keeps,
            faults: None,
            shared: Mutex::new(shared),
            busy: AtomicUsize::new(0),
            turns: AtomicU64::new(0),
        }
    }

    /// Nothing that holds the lock can panic midway.
    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Proxy::at_rest`](super::Proxy::at_rest).
    pub(super) fn at_rest(&self) -> Option<u64> {
        let turns = self.turns.load(SeqCst);
        (self.busy.load(SeqCst) == 0).then_some(turns)
    }

    pub(super) const fn is_watched(&self) -> bool {
        self.events.is_some()
    }

    pub(super) fn holding(&self) -> Option<HoldSettings> {
        self.shared().holding
    }

    /// A connection has come.
    pub(super) fn enter(&self) -> (ConnectionId, mpsc::UnboundedReceiver<Control>) {
        let mut shared = self.shared();
        shared.connections += 1;
        let id = ConnectionId(shared.connections);
        let (sender, receiver) = mpsc::unbounded_channel();
        shared.controls.insert(id, sender);
        (id, receiver)
    }

    /// A connection is over.
    pub(super) fn leave(&self, id: ConnectionId) {
        let mut shared = self.shared();
        shared.controls.remove(&id);
        shared.keys.retain(|_, of| *of != id);
    }

    /// How sessions stay, if they do.
    pub(super) fn keeps(&self) -> Option<&KeepSettings> {
        self.keeps.as_ref().filter(|_| !self.shared().keeps_no_more)
    }

    /// From now on each client has a session of its own.
    pub(super) fn keep_no_more(&self) {
        let mut shared = self.shared();
        shared.keeps_no_more = true;
        shared.kept = KeptSessions::default();
    }

    /// A session that has stayed, for a client that begins with this packet.
    pub(super) fn take_kept(&self, packet: &[u8]) -> Option<KeptSession> {
        self.shared().kept.take(packet)
    }

    pub(super) fn keep(&self, packet: Bytes, session: KeptSession) {
        let mut shared = self.shared();
        if !shared.keeps_no_more {
            shared.kept.add(packet, session);
        }
    }

    pub(super) fn note_key(&self, id: ConnectionId, key: (u32, Vec<u8>)) {
        self.shared().keys.insert(key, id);
    }

    pub(super) fn of_key(&self, key: &(u32, Vec<u8>)) -> Option<ConnectionId> {
        self.shared().keys.get(key).copied()
    }

    /// Answers whether the connection is there.
    pub(super) fn control(&self, id: ConnectionId, control: Control) -> bool {
        let shared = self.shared();
        let sender = shared.controls.get(&id);
        sender.is_some_and(|sender| sender.send(control).is_ok())
    }

    pub(super) fn hold_new(&self, holding: Option<HoldSettings>) {
        self.shared().holding = holding;
    }

    /// Tells of an event, and waits while the reader of events is behind. Where there is
    /// no reader any more, nothing is held any more.
    pub(super) async fn tell(&self, event: ProxyEvent) -> bool {
        let Some(events) = &self.events else {
            return true;
        };
        events.send(event).await.is_ok()
    }
}
