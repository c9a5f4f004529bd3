//! What both ways of relaying share: what goes where, and what is known of the session.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::book::Book;
use super::cutter::CutPiece;
use super::expected::{ExpectedReplies, Met, Owed, ReplyKind};
use super::outgoing::Outgoing;
use super::step::{
    ConnectionId, ProxyEvent, ProxyStep, SentStatement, StepFailure, StepId, StepKind,
};
use super::transaction::TransactionState;
use crate::database::wire::{BackendMessage, ClientMessage, Described, TransactionStatus};

/// One connection of a client, and the one of the server that belongs to it.
#[derive(Debug)]
pub(super) struct ProxyLine {
    connection: ConnectionId,
    steps: u64,
    pub(super) to_server: BytesMut,
    pub(super) to_client: Outgoing,
    pub(super) expected: ExpectedReplies,
    pub(super) transaction: TransactionState,
    /// The `application_name` that the server reported last.
    application: Option<Arc<str>>,
    /// What the server said last.
    pub(super) status: Option<TransactionStatus>,
    pub(super) book: Book,
    pub(super) events: VecDeque<ProxyEvent>,
    /// The client has ended the session; what it sends afterwards has no effect.
    pub(super) is_over: bool,
    /// It did so where nothing was open or owed.
    has_ended_clean: bool,
}

impl ProxyLine {
    pub(super) fn new(connection: ConnectionId) -> Self {
        Self {
            connection,
            steps: 0,
            to_server: BytesMut::new(),
            to_client: Outgoing::default(),
            expected: ExpectedReplies::default(),
            transaction: TransactionState::NONE,
            application: None,
            status: None,
            book: Book::default(),
            events: VecDeque::new(),
            is_over: false,
            has_ended_clean: false,
        }
    }

    pub(super) fn new_step(&mut self, kind: StepKind, statements: Vec<SentStatement>) -> ProxyStep {
        self.steps += 1;
        ProxyStep {
            id: self.id(self.steps),
            kind,
            statements,
            is_in_transaction: self.transaction.is_block(),
            application: self.application.clone(),
        }
    }

    pub(super) const fn id(&self, number: u64) -> StepId {
        StepId {
            connection: self.connection,
            number,
        }
    }

    pub(super) fn left(&mut self) {
        self.events.push_back(ProxyEvent::Left(self.connection));
    }

    pub(super) fn unsupported(&mut self, reason: impl Into<String>) {
        let event = ProxyEvent::Unsupported(self.connection, reason.into());
        self.events.push_back(event);
    }

    /// Passes a message of the client on, and notes which reply is owed for it. Gives
    /// back what the server will skip.
    pub(super) fn pass(&mut self, piece: &CutPiece, step: Option<u64>) -> Option<Owed> {
        // The end of what it sends is no message, and has no bytes.
        if piece.tag == Some(b'X') || piece.bytes.is_empty() {
            self.is_over = true;
            self.has_ended_clean = self.is_clean();
            self.transaction = TransactionState::NONE;
        }
        self.to_server.extend_from_slice(&piece.bytes);
        let what = awaited(piece)?;
        self.expected.push(Owed {
            what,
            is_hidden: false,
            step,
        })
    }

    /// Whether no transaction is open, and the server has nothing to do or to say.
    fn is_clean(&self) -> bool {
        let is_idle = self.status == Some(TransactionStatus::Idle);
        is_idle
            && !self.transaction.is_open()
            && self.to_server.is_empty()
            && self.expected.is_empty()
    }

    /// As [`Relay::takes_its_end_back`](super::relay::Relay::takes_its_end_back).
    pub(super) fn takes_its_end_back(&mut self) -> bool {
        if self.has_ended_clean {
            self.to_server.clear();
        }
        self.has_ended_clean
    }

    /// Passes a message on that proves the client's identity.
    pub(super) fn pass_opening(&mut self, piece: &CutPiece) {
        self.is_over |= piece.tag == Some(b'X');
        self.to_server.extend_from_slice(&piece.bytes);
    }

    /// Passes bytes on for which no reply is owed.
    pub(super) fn pass_unanswered(&mut self, bytes: &[u8]) {
        self.to_server.extend_from_slice(bytes);
    }

    /// Sends a message that is not the client's.
    pub(super) fn send(&mut self, bytes: &[u8], what: ReplyKind, is_hidden: bool) {
        self.to_server.extend_from_slice(bytes);
        self.expected.push(Owed {
            what,
            is_hidden,
            step: None,
        });
    }

    /// Takes in what a message of the server says of the session, and finds what it is a
    /// reply to. Its bytes are left to the caller.
    pub(super) fn hear(&mut self, tag: u8, piece: &CutPiece) -> Met {
        self.note_types(tag, piece);
        let met = self.expected.meet(tag);
        match tag {
            b'C' if met != Met::OutOfTurn => self.transaction.complete(command_tag(piece)),
            b's' => self.transaction.suspend(),
            b'E' => self.transaction.fail(),
            b'S' => self.note_application(piece),
            _ => {}
        }
        if let Some(status) = ready_status(piece) {
            self.transaction.ready(status);
            self.status = Some(status);
        }
        if met == Met::OutOfTurn {
            let tag = tag.escape_ascii();
            self.unsupported(format!("the server sent a message '{tag}' out of turn"));
        }
        met
    }

    /// Notes it where this message reports it.
    pub(super) fn note_application(&mut self, piece: &CutPiece) {
        let message = piece.frame().and_then(BackendMessage::read);
        if let Some(BackendMessage::ParameterStatus(b"application_name", value)) = message {
            self.application = Some(String::from_utf8_lossy(value).into());
        }
    }

    fn note_types(&mut self, tag: u8, piece: &CutPiece) {
        let Some(ReplyKind::Describe(Some(name))) = self.expected.first().map(|owed| &owed.what)
        else {
            return;
        };
        let read = piece.frame().filter(|_| tag == b't');
        if let Some(BackendMessage::ParameterDescription(types)) =
            read.and_then(BackendMessage::read)
        {
            self.book.note_types(name, &types);
        }
    }
}

fn ready_status(piece: &CutPiece) -> Option<TransactionStatus> {
    match piece.frame().filter(|frame| frame.tag == b'Z') {
        Some(frame) => match BackendMessage::read(frame) {
            Some(BackendMessage::ReadyForQuery(status)) => Some(status),
            _ => None,
        },
        None => None,
    }
}

/// The words of CommandComplete, or nothing where it is not whole.
pub(super) fn command_tag(piece: &CutPiece) -> &[u8] {
    match piece.frame().and_then(BackendMessage::read) {
        Some(BackendMessage::CommandComplete(words)) => words,
        _ => b"",
    }
}

/// What ErrorResponse says.
pub(super) fn step_error(piece: &CutPiece) -> StepFailure {
    match piece.frame().and_then(BackendMessage::read) {
        Some(BackendMessage::ErrorResponse(error)) => StepFailure {
            sqlstate: error.sqlstate,
            message: error.message,
        },
        _ => StepFailure {
            sqlstate: String::new(),
            message: "an error that is too long to be read".into(),
        },
    }
}

fn awaited(piece: &CutPiece) -> Option<ReplyKind> {
    Some(match piece.tag? {
        b'P' => ReplyKind::Parse,
        b'B' => ReplyKind::Bind,
        b'C' => ReplyKind::Close,
        b'D' => ReplyKind::Describe(described_statement(piece)),
        b'E' => ReplyKind::Execute,
        b'S' => ReplyKind::Sync,
        b'Q' | b'F' => ReplyKind::Query,
        _ => return None,
    })
}

fn described_statement(piece: &CutPiece) -> Option<Bytes> {
    match piece.frame().and_then(ClientMessage::read) {
        Some(ClientMessage::Describe(Described::Statement, name)) => {
            Some(Bytes::copy_from_slice(name))
        }
        _ => None,
    }
}
