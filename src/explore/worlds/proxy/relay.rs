//! One connection, byte in and byte out, without a socket.

use std::sync::Arc;

use bytes::BytesMut;

use super::cutter::{CutPiece, Cutter, PIECE_BYTES_MAX};
use super::fault_book::FaultBook;
use super::faulty::{FaultDue, Faulty};
use super::free::Free;
use super::hold::Hold;
use super::line::ProxyLine;
use super::outgoing::Outgoing;
use super::settings::HoldSettings;
use super::step::{ConnectionId, ProxyEvent};
use crate::database::wire::BackendMessage;

/// How much may wait for a peer that does not read, in bytes.
const OUT_BYTES_MAX: usize = 256 << 10;

#[derive(Debug)]
enum Mode {
    Free(Free),
    Held(Box<Hold>),
    Faulty(Box<Faulty>),
}

/// What passes between a client and its server.
#[derive(Debug)]
pub(super) struct Relay {
    client: Cutter,
    server: Cutter,
    line: ProxyLine,
    mode: Mode,
    /// Whether steps are told where nothing is held.
    is_watched: bool,
    pid: u32,
    /// What the server gave the client for cancelling: its process and a secret.
    pub(super) key: Option<(u32, Vec<u8>)>,
    /// The server has let the session in.
    is_open: bool,
    has_client_ended: bool,
    /// Whether the client sees the message that goes on.
    is_shown: bool,
    connection: ConnectionId,
    parameters: Vec<(String, String)>,
    /// What the server said when it let the session in, from there on.
    greeting: BytesMut,
}

impl Relay {
    pub(super) fn new(
        connection: ConnectionId,
        parameters: Vec<(String, String)>,
        holding: Option<HoldSettings>,
        is_watched: bool,
    ) -> Self {
        Self {
            client: Cutter::default(),
            server: Cutter::default(),
            line: ProxyLine::new(connection),
            mode: match holding {
                Some(settings) => Mode::Held(Box::new(Hold::new(settings))),
                None => Mode::Free(Free::new(is_watched)),
            },
            is_watched,
            pid: 0,
            key: None,
            is_open: false,
            has_client_ended: false,
            is_shown: true,
            connection,
            parameters,
            greeting: BytesMut::new(),
        }
    }

    /// Whether the client has named this role.
    pub(super) fn is_of_role(&self, role: &str) -> bool {
        let mut named = self.parameters.iter();
        named.any(|(name, value)| name == "user" && value == role)
    }

    /// On a session of the server that was open before, which began so.
    pub(super) fn begin_again(&mut self, greeting: &[u8]) {
        self.server.room().extend_from_slice(greeting);
        self.server_said();
    }

    pub(super) fn take_greeting(&mut self) -> BytesMut {
        std::mem::take(&mut self.greeting)
    }

    /// Whether the client has ended the session where nothing was open, and the server does not
    /// know it yet; then it is not told.
    pub(super) fn takes_its_end_back(&mut self) -> bool {
        self.is_open && self.server.room().is_empty() && self.line.takes_its_end_back()
    }

    /// Nothing is held, and the faults of a load are put in.
    pub(super) fn put_faults_in(&mut self, book: Arc<FaultBook>) {
        let ConnectionId(number) = self.connection;
        self.mode = Mode::Faulty(Box::new(Faulty::new(book, number)));
    }

    /// The fault that is to be put in now, told once.
    pub(super) fn fault_due(&mut self) -> Option<FaultDue> {
        match &mut self.mode {
            Mode::Faulty(faulty) => faulty.due(),
            _ => None,
        }
    }

    /// What was held back for a while goes on.
    pub(super) fn end_pause(&mut self) {
        if let Mode::Faulty(faulty) = &mut self.mode {
            faulty.end_pause(&mut self.line);
            self.client_said();
        }
    }

    /// Whether nothing of the client may pass for now.
    fn is_still(&self) -> bool {
        matches!(&self.mode, Mode::Faulty(faulty) if faulty.is_still())
    }

    /// The four buffers: into which the client and the server are read, and out of which
    /// they are written.
    pub(super) fn buffers(&mut self) -> Buffers<'_> {
        let Outgoing { ready, .. } = &mut self.line.to_client;
        Buffers {
            from_client: self.client.room(),
            from_server: self.server.room(),
            to_client: ready,
            to_server: &mut self.line.to_server,
        }
    }

    /// Whether something is under way that is no step: the session is being opened, or the
    /// server owes an answer to what has passed, or something is still to be written.
    pub(super) fn is_busy(&self) -> bool {
        let is_owed = match &self.mode {
            Mode::Held(hold) => hold.is_between_steps() && !self.line.expected.is_empty(),
            Mode::Free(_) | Mode::Faulty(_) => !self.line.expected.is_empty(),
        };
        let is_written = self.line.to_server.is_empty() && self.line.to_client.ready.is_empty();
        !self.line.is_over && (!self.is_open || is_owed || !is_written)
    }

    /// Whether more may be read from the client now.
    pub(super) fn takes_from_client(&self) -> bool {
        let has_room = match &self.mode {
            Mode::Free(_) => true,
            Mode::Held(hold) => hold.has_room(),
            Mode::Faulty(faulty) => !faulty.is_still(),
        };
        let is_fresh = self.is_open || self.client.room.len() < OUT_BYTES_MAX;
        let is_taken = self.line.to_server.len() < OUT_BYTES_MAX;
        !self.has_client_ended && has_room && is_taken && is_fresh
    }

    /// What is kept of either side and may not pass yet, in bytes.
    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> usize {
        let held = match &self.mode {
            Mode::Free(_) | Mode::Faulty(_) => 0,
            Mode::Held(hold) => hold.inbox.bytes(),
        };
        held + self.line.to_client.kept_bytes()
    }

    /// Whether more may be read from the server now.
    pub(super) fn takes_from_server(&self) -> bool {
        self.line.to_client.ready.len() < OUT_BYTES_MAX
    }

    /// Whether the client has ended the session, so that the server gets nothing more.
    pub(super) const fn is_over(&self) -> bool {
        self.line.is_over
    }

    pub(super) fn next_event(&mut self) -> Option<ProxyEvent> {
        self.line.events.pop_front()
    }

    /// Takes in what was read from the client.
    pub(super) fn client_said(&mut self) {
        while !self.line.is_over {
            // Before the session is open the client only proves its identity.
            let may_come = self.is_open || matches!(self.client.room.first(), Some(b'p' | b'X'));
            let whole_bytes_max = match &self.mode {
                Mode::Held(hold) if self.is_open => hold.bytes_max(),
                _ => PIECE_BYTES_MAX,
            };
            if self.is_still() || !may_come && self.client.is_between_messages() {
                return;
            }
            match self.client.next(whole_bytes_max) {
                Ok(Some(piece)) => self.take_from_client(piece),
                Ok(None) => return,
                Err(error) => self.give_up(&format!("the client sent {error}")),
            }
        }
        self.client.room.clear();
    }

    fn take_from_client(&mut self, piece: CutPiece) {
        if !self.is_open {
            self.line.pass_opening(&piece);
            return;
        }
        match &mut self.mode {
            Mode::Free(free) => free.client_said(&mut self.line, &piece),
            Mode::Faulty(faulty) => faulty.client_said(&mut self.line, piece),
            Mode::Held(hold) if piece.is_whole => {
                hold.push(&mut self.line, piece);
                if hold.is_overfull() {
                    self.give_up("more was sent at once than can be held");
                }
                self.leave();
            }
            Mode::Held(_) => {
                self.give_up("a message is too long to be held");
                self.take_from_client(piece);
            }
        }
    }

    /// Takes in what was read from the server.
    pub(super) fn server_said(&mut self) {
        loop {
            match self.server.next(PIECE_BYTES_MAX) {
                Ok(Some(piece)) => self.take_from_server(&piece),
                Ok(None) => break,
                Err(error) => self.give_up(&format!("the server sent {error}")),
            }
        }
        self.leave();
    }

    fn take_from_server(&mut self, piece: &CutPiece) {
        let Some(tag) = piece.tag else {
            if self.is_shown {
                self.line.to_client.push(&piece.bytes);
            }
            return;
        };
        if !self.is_open {
            self.open(tag, piece);
            return;
        }
        self.is_shown = match &mut self.mode {
            Mode::Free(free) => free.server_said(&mut self.line, tag, piece),
            Mode::Held(hold) => hold.server_said(&mut self.line, tag, piece),
            Mode::Faulty(faulty) => faulty.server_said(&mut self.line, tag, piece),
        };
    }

    /// Passes what lets the session in.
    fn open(&mut self, tag: u8, piece: &CutPiece) {
        self.line.to_client.push(&piece.bytes);
        let message = piece.frame().and_then(BackendMessage::read);
        if !matches!(message, Some(BackendMessage::Authentication(1.., _))) {
            self.greeting.extend_from_slice(&piece.bytes);
        }
        match message {
            Some(BackendMessage::BackendKeyData(pid, secret)) => {
                self.pid = pid;
                self.key = Some((pid, secret.to_vec()));
            }
            Some(BackendMessage::ParameterStatus(..)) => self.line.note_application(piece),
            Some(BackendMessage::ErrorResponse(error)) => {
                let reason = format!("the server refused its connection: {}", error.message);
                let event = ProxyEvent::Refused(self.connection, reason);
                self.line.events.push_back(event);
            }
            Some(BackendMessage::ReadyForQuery(status)) if tag == b'Z' => {
                self.is_open = true;
                self.line.transaction.ready(status);
                self.line.status = Some(status);
                self.line.events.push_back(ProxyEvent::Opened {
                    connection: self.connection,
                    pid: self.pid,
                    parameters: std::mem::take(&mut self.parameters),
                });
                // A client in a hurry may have sent more already.
                self.client_said();
            }
            _ => {}
        }
    }

    /// What the client sent behind its first packet.
    pub(super) fn begin_with(&mut self, bytes: &[u8]) {
        self.client.room.extend_from_slice(bytes);
        self.client_said();
    }

    /// The client will send nothing more.
    pub(super) fn client_ended(&mut self) {
        if std::mem::replace(&mut self.has_client_ended, true) {
            return;
        }
        self.line.left();
        self.end();
    }

    fn end(&mut self) {
        match &mut self.mode {
            Mode::Held(hold) if self.is_open && !self.line.is_over => hold.end(&mut self.line),
            _ => self.line.is_over = true,
        }
    }

    pub(super) fn let_go(&mut self, number: u64) {
        if let Mode::Held(hold) = &mut self.mode {
            hold.let_go(&mut self.line, number);
        }
        self.leave();
    }

    /// Whether this step stands before the server.
    pub(super) fn is_parked(&self, number: u64) -> bool {
        matches!(&self.mode, Mode::Held(hold) if hold.is_parked(number))
    }

    /// Whether no step is under way.
    pub(super) fn is_between_steps(&self) -> bool {
        match &self.mode {
            Mode::Held(hold) => hold.is_between_steps(),
            Mode::Free(_) => true,
            Mode::Faulty(faulty) => faulty.has_lost(&self.line),
        }
    }

    /// Forgets what the server has said.
    pub(super) fn discard(&mut self) {
        self.server.room().clear();
    }

    /// Nothing passes any more: what is held is forgotten.
    pub(super) fn cut(&mut self) {
        self.has_client_ended = true;
        self.line.is_over = true;
        self.line.to_server.clear();
        self.line.to_client.ready.clear();
        self.mode = Mode::Free(Free::new(false));
    }

    /// From now on steps are held so, or pass.
    pub(super) fn hold(&mut self, holding: Option<HoldSettings>) {
        match (&mut self.mode, holding) {
            (Mode::Held(hold), Some(settings)) => hold.stay(settings),
            (Mode::Held(hold), None) => hold.leave(&mut self.line),
            (mode @ Mode::Free(_), Some(settings)) => {
                *mode = Mode::Held(Box::new(Hold::new(settings)));
            }
            (Mode::Free(_), None) | (Mode::Faulty(_), _) => {}
        }
        self.leave();
    }

    /// Holds nothing any more, once the last step that was held is answered.
    fn leave(&mut self) {
        if matches!(&self.mode, Mode::Held(hold) if hold.has_left(&self.line)) {
            self.mode = Mode::Free(Free::new(self.is_watched));
        }
    }

    /// What cannot be held, or is not known, passes with all that is held.
    fn give_up(&mut self, reason: &str) {
        self.line.unsupported(reason);
        if let Mode::Held(hold) = &mut self.mode {
            hold.surrender(&mut self.line);
            self.mode = Mode::Free(Free::new(self.is_watched));
        }
    }
}

/// What is read and written.
pub(super) struct Buffers<'b> {
    pub(super) from_client: &'b mut BytesMut,
    pub(super) from_server: &'b mut BytesMut,
    pub(super) to_client: &'b mut BytesMut,
    pub(super) to_server: &'b mut BytesMut,
}
