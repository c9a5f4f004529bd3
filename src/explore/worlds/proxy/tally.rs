//! What is counted of one step until it is answered.

use std::time::Instant;

use super::cutter::CutPiece;
use super::line::{ProxyLine, command_tag, step_error};
use super::step::{ProxyEvent, StepAnswer};

/// A step on its way.
#[derive(Debug)]
pub(super) struct StepTally {
    pub(super) number: u64,
    sent: Instant,
    answer: StepAnswer,
}

impl StepTally {
    pub(super) fn begin(number: u64) -> Self {
        Self {
            number,
            sent: Instant::now(),
            answer: StepAnswer::default(),
        }
    }

    /// Counts a message of the server.
    pub(super) fn count(&mut self, tag: u8, piece: &CutPiece) {
        match tag {
            b'D' => self.answer.rows += 1,
            b'C' => {
                let words = String::from_utf8_lossy(command_tag(piece));
                self.answer.tag = Some(words.into_owned());
            }
            b'E' => {
                self.answer.error.get_or_insert_with(|| step_error(piece));
            }
            _ => {}
        }
    }

    pub(super) fn skip(&mut self) {
        self.answer.is_skipped = true;
    }

    /// Tells how it was answered.
    pub(super) fn tell(mut self, line: &mut ProxyLine) {
        self.answer.elapsed_us = self
            .sent
            .elapsed()
            .as_micros()
            .try_into()
            .unwrap_or(u64::MAX);
        self.answer.status = line.status;
        self.answer.is_commit_due = line.transaction.is_dirty();
        let event = ProxyEvent::Answered(line.id(self.number), self.answer);
        line.events.push_back(event);
    }
}
