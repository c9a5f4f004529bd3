//! Nothing is held: each message passes as it comes, and steps are told.

use std::collections::VecDeque;

use super::book::plain;
use super::cutter::CutPiece;
use super::expected::{Met, Owed, ReplyKind};
use super::line::ProxyLine;
use super::step::{ProxyEvent, SentStatement, StepKind};
use super::tally::StepTally;
use crate::database::wire::ClientMessage;

/// The steps that are under way, oldest first.
#[derive(Debug)]
pub(super) struct Free {
    /// Whether steps are told at all.
    is_watched: bool,
    tallies: VecDeque<StepTally>,
    /// The last statement that was prepared, for an error that no execution explains.
    prepared: Option<SentStatement>,
}

impl Free {
    pub(super) const fn new(is_watched: bool) -> Self {
        Self {
            is_watched,
            tallies: VecDeque::new(),
            prepared: None,
        }
    }

    pub(super) fn client_said(&mut self, line: &mut ProxyLine, piece: &CutPiece) {
        let step = match self.is_watched {
            true => self.tell(line, piece),
            false => None,
        };
        if let Some(skipped) = line.pass(piece, step) {
            self.skip(line, &skipped);
        }
    }

    /// Tells of the step that a message sets off, if it does.
    fn tell(&mut self, line: &mut ProxyLine, piece: &CutPiece) -> Option<u64> {
        let message = piece.frame().and_then(ClientMessage::read);
        let (kind, statements) = match (piece.tag?, &message) {
            (b'E', Some(ClientMessage::Execute { portal, .. })) => {
                (StepKind::Execute, vec![line.book.of_portal(portal)])
            }
            (b'Q', Some(ClientMessage::Query(sql))) => (StepKind::Whole, vec![plain(sql)]),
            // Too long to be read as a whole.
            (b'E', _) => (StepKind::Execute, Vec::new()),
            (b'Q' | b'F', _) => (StepKind::Whole, Vec::new()),
            (_, Some(message)) => {
                line.book.note(message);
                if let ClientMessage::Parse { sql, .. } = message {
                    self.prepared = Some(plain(sql));
                }
                return None;
            }
            (_, None) => return None,
        };
        let step = line.new_step(kind, statements);
        let number = step.id.number;
        self.tallies.push_back(StepTally::begin(number));
        line.events.push_back(ProxyEvent::Passed(step));
        Some(number)
    }

    /// Takes in a message of the server; its bytes go to the client unless they answer
    /// what the proxy itself had sent.
    pub(super) fn server_said(&mut self, line: &mut ProxyLine, tag: u8, piece: &CutPiece) -> bool {
        let met = line.hear(tag, piece);
        let is_shown = !is_hidden(tag, &met);
        if is_shown {
            line.to_client.push(&piece.bytes);
        }
        if tag == b'Z' || tag == b'E' {
            line.to_client.release();
        }
        if let (Met::Part | Met::Done(_), Some(tally)) = (&met, self.tallies.front_mut()) {
            tally.count(tag, piece);
        }
        match met {
            Met::Done(owed) | Met::Ready(Some(owed)) => self.answered(line, &owed),
            Met::Failed(skipped) => self.failed(line, piece, &skipped),
            _ => {}
        }
        is_shown
    }

    fn answered(&mut self, line: &mut ProxyLine, owed: &Owed) {
        let number = self.tallies.front().map(|tally| tally.number);
        if owed.step.is_some() && owed.step == number {
            self.tallies
                .pop_front()
                .into_iter()
                .for_each(|t| t.tell(line));
        }
    }

    fn failed(&mut self, line: &mut ProxyLine, piece: &CutPiece, skipped: &[Owed]) {
        let mut of_steps = skipped.iter().filter(|owed| owed.step.is_some());
        let first = of_steps.next();
        let is_of_step = line
            .expected
            .first()
            .is_some_and(|owed| owed.step.is_some());
        match self.tallies.front_mut() {
            Some(tally) if first.is_some() || is_of_step => tally.count(b'E', piece),
            _ => self.failed_alone(line, piece, skipped),
        }
        if let Some(first) = first {
            self.answered(line, first);
        }
        of_steps.for_each(|owed| self.skip(line, owed));
    }

    fn skip(&mut self, line: &mut ProxyLine, owed: &Owed) {
        let tally = self
            .tallies
            .iter_mut()
            .find(|t| Some(t.number) == owed.step);
        if let Some(tally) = tally {
            tally.skip();
            self.answered(line, owed);
        }
    }

    /// To prepare and to commit is no step of its own here, but where it fails.
    fn failed_alone(&mut self, line: &mut ProxyLine, piece: &CutPiece, skipped: &[Owed]) {
        let is_of_statement = |owed: &Owed| matches!(owed.what, ReplyKind::Parse | ReplyKind::Bind);
        let (kind, statement) = match line.expected.first().map(|owed| &owed.what) {
            _ if skipped.iter().any(is_of_statement) => (StepKind::Prepare, self.prepared.take()),
            Some(ReplyKind::Sync) => (StepKind::Commit, None),
            _ => return,
        };
        if !self.is_watched {
            return;
        }
        let step = line.new_step(kind, statement.into_iter().collect());
        let mut tally = StepTally::begin(step.id.number);
        line.events.push_back(ProxyEvent::Passed(step));
        tally.count(b'E', piece);
        tally.tell(line);
    }
}

/// Whether a message answers what the proxy itself had sent. Of a Describe that it sent
/// for a simple query, the client sees the columns.
pub(super) fn is_hidden(tag: u8, met: &Met) -> bool {
    match met {
        Met::Done(owed) | Met::Ready(Some(owed)) => owed.is_hidden && tag != b'T',
        _ => false,
    }
}
