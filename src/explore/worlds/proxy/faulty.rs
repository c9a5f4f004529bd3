//! All passes, but for the faults that are drawn.

use std::sync::Arc;
use std::time::Duration;

use super::cutter::CutPiece;
use super::fault_book::FaultBook;
use super::free::Free;
use super::line::ProxyLine;
use super::sent_kind::{SentKind, SentKinds};
use crate::database::wire::ClientMessage;
use crate::scenario::{FaultDraw, FaultDraws, FaultKind};

/// What the sockets are to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FaultDue {
    /// Nothing of the client passes for so long.
    Pause(Duration),
    /// Both sides are closed.
    Cut,
    /// The client hears nothing more, and both sides are closed when the server has carried out
    /// what it was sent.
    LoseReply,
}

/// What becomes of the next message of the client.
#[derive(Debug)]
enum Passage {
    Open,
    /// A statement waits, and what was drawn for it.
    Paused(CutPiece, Option<FaultKind>),
    /// Nothing passes any more.
    Shut,
    /// A reply is to be lost: what follows passes up to the end of the pipeline.
    Last {
        is_ended: bool,
        /// The client has asked for replies before that.
        is_flushed: bool,
    },
}

/// One connection under load.
#[derive(Debug)]
pub(super) struct Faulty {
    free: Free,
    book: Arc<FaultBook>,
    connection: u64,
    draws: Option<FaultDraws>,
    kinds: SentKinds,
    /// Whether a transaction is open, when all that was sent has been carried out.
    is_block: bool,
    passage: Passage,
    due: Option<FaultDue>,
}

impl Faulty {
    pub(super) fn new(book: Arc<FaultBook>, connection: u64) -> Self {
        Self {
            free: Free::new(false),
            book,
            connection,
            draws: None,
            kinds: SentKinds::default(),
            is_block: false,
            passage: Passage::Open,
            due: None,
        }
    }

    /// What the sockets are to do now, once.
    pub(super) fn due(&mut self) -> Option<FaultDue> {
        self.due.take()
    }

    /// Whether nothing of the client is taken for now.
    pub(super) const fn is_still(&self) -> bool {
        !matches!(
            self.passage,
            Passage::Open
                | Passage::Last {
                    is_ended: false,
                    ..
                }
        )
    }

    /// Whether the server has carried out all before a reply that is to be lost.
    pub(super) fn has_lost(&self, line: &ProxyLine) -> bool {
        match self.passage {
            Passage::Last { is_ended: true, .. } => !line.expected.awaits_ready(),
            Passage::Last { is_flushed, .. } => is_flushed && line.expected.is_empty(),
            _ => false,
        }
    }

    pub(super) fn client_said(&mut self, line: &mut ProxyLine, piece: CutPiece) {
        if let Passage::Last {
            is_ended,
            is_flushed,
        } = &mut self.passage
        {
            *is_ended |= matches!(piece.tag, Some(b'S' | b'Q'));
            *is_flushed |= piece.tag == Some(b'H');
            self.free.client_said(line, &piece);
            return;
        }
        let draw = self.draw(line, &piece);
        if draw.pauses {
            let time = Duration::from_micros(self.book.rates.pause_us);
            self.due = Some(FaultDue::Pause(time));
            self.passage = Passage::Paused(piece, draw.kind);
            return;
        }
        self.go_on(line, &piece, draw.kind);
    }

    /// The time of a pause is over.
    pub(super) fn end_pause(&mut self, line: &mut ProxyLine) {
        match std::mem::replace(&mut self.passage, Passage::Open) {
            Passage::Paused(piece, kind) => self.go_on(line, &piece, kind),
            other => self.passage = other,
        }
    }

    pub(super) fn server_said(&mut self, line: &mut ProxyLine, tag: u8, piece: &CutPiece) -> bool {
        self.free.server_said(line, tag, piece)
    }

    fn go_on(&mut self, line: &mut ProxyLine, piece: &CutPiece, kind: Option<FaultKind>) {
        match kind {
            None => {}
            Some(FaultKind::Cut | FaultKind::LoseRequest) => {
                self.passage = Passage::Shut;
                self.due = Some(FaultDue::Cut);
                return;
            }
            Some(FaultKind::LoseReply) => {
                self.passage = Passage::Last {
                    is_ended: piece.tag == Some(b'Q'),
                    is_flushed: false,
                };
                self.due = Some(FaultDue::LoseReply);
            }
        }
        self.free.client_said(line, piece);
    }

    /// What is drawn for a message, if it carries a statement out.
    fn draw(&mut self, line: &ProxyLine, piece: &CutPiece) -> FaultDraw {
        const NOTHING: FaultDraw = FaultDraw {
            pauses: false,
            kind: None,
        };
        let message = piece.frame().and_then(ClientMessage::read);
        let kind = match (piece.tag, &message) {
            (_, Some(message)) => self.kinds.carried_out(message),
            // Too long to be read as a whole.
            (Some(b'Q' | b'E'), None) => Some(SentKind::Plain),
            _ => None,
        };
        let Some(kind) = kind else {
            return NOTHING;
        };
        if line.expected.is_empty() {
            self.is_block = line.transaction.is_block();
        }
        let is_commit = match kind {
            SentKind::Commit => true,
            SentKind::Write => !self.is_block,
            SentKind::Begin | SentKind::Plain => false,
        };
        match kind {
            SentKind::Begin => self.is_block = true,
            SentKind::Commit => self.is_block = false,
            SentKind::Write | SentKind::Plain => {}
        }
        if !self.book.is_on() {
            return NOTHING;
        }
        if self.draws.is_none() {
            self.draws = self.book.draws(self.connection);
        }
        let draws = self.draws.as_mut();
        draws.map_or(NOTHING, |draws| {
            let draw = draws.draw(is_commit);
            self.book.count(is_commit, draw);
            draw
        })
    }
}
