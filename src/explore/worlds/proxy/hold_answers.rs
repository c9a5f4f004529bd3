//! What the server answers to steps that are held.

use super::cutter::CutPiece;
use super::expected::{Met, ReplyKind};
use super::free::is_hidden;
use super::hold::{Hold, HoldState};
use super::inbox::END;
use super::line::{ProxyLine, step_error};
use super::own;
use super::run::{Splitting, StepRun};

impl Hold {
    /// Takes in a message of the server; answers whether the client sees it.
    pub(super) fn server_said(&mut self, line: &mut ProxyLine, tag: u8, piece: &CutPiece) -> bool {
        let met = line.hear(tag, piece);
        let is_shown = match &mut self.state {
            HoldState::Running(run) => take_in(run, line, tag, piece, &met),
            _ => true,
        };
        if is_shown && !is_hidden(tag, &met) {
            self.show(line, tag, piece);
        }
        match (&met, tag) {
            (Met::Failed(_), _) => self.failed(line),
            (Met::Ready(_), _) => {
                self.is_keeping = false;
                self.has_snapshot = false;
            }
            (Met::Part, b'G') => self.set_copying(true),
            (Met::Part, b'W') => line.unsupported("replication: COPY both ways at once"),
            _ => {}
        }
        if line.to_client.kept_bytes() > self.settings.held_bytes_max {
            line.to_client.release();
            self.is_keeping = false;
            line.unsupported("a pipeline whose answers are too long to be kept until its commit");
        }
        self.advance(line);
        is_shown && !is_hidden(tag, &met)
    }

    /// What a statement outside a transaction has done is not told before its commit, and
    /// an error at once.
    fn show(&mut self, line: &mut ProxyLine, tag: u8, piece: &CutPiece) {
        let is_done = matches!(tag, b'C' | b's') && line.transaction.is_dirty();
        if is_done && self.is_keeping {
            line.to_client.keep();
        }
        match (tag, self.is_split_commit()) {
            // A simple query is answered once it is committed, or with an error alone.
            (b'N', true) => return line.to_client.push_before_kept(&piece.bytes),
            (b'E', true) => line.to_client.drop_kept(),
            (_, true) => line.to_client.release(),
            (_, false) => {}
        }
        line.to_client.push(&piece.bytes);
        if matches!(tag, b'E' | b'Z') {
            line.to_client.release();
        }
    }

    fn is_split_commit(&self) -> bool {
        matches!(&self.state, HoldState::Running(run) if run.is_split_commit)
    }

    fn set_copying(&mut self, is_copying: bool) {
        if let HoldState::Running(run) = &mut self.state {
            run.is_copying = is_copying;
        }
    }

    fn failed(&mut self, line: &mut ProxyLine) {
        self.set_copying(false);
        self.is_keeping = false;
        // With its snapshot a simple query has failed, which has no Sync.
        let is_snapshot = matches!(&self.state, HoldState::Running(run) if run.is_snapshot);
        if is_snapshot && self.inbox.first_tag() == Some(b'Q') {
            self.inbox.pop();
            own::sync(line, false);
        }
    }

    /// Ends a step that failed before its Sync was sent: what the client has sent up to
    /// there goes with it, since the server skips it.
    pub(super) fn end_failed(&mut self, line: &mut ProxyLine) -> bool {
        let HoldState::Running(run) = &mut self.state else {
            return false;
        };
        if std::mem::take(&mut self.owes_sync) {
            run.has_sync = true;
            own::sync(line, matches!(run.attempt, Some(Splitting::Refused(_))));
            return false;
        }
        while line.expected.is_skipping() && !self.inbox.is_empty() {
            self.pass_first(line);
        }
        if line.expected.is_skipping() {
            // The client waits for the error, and will send its Sync then.
            self.answered(line);
            return true;
        }
        run_of(&mut self.state)
            .into_iter()
            .for_each(|run| run.has_sync = true);
        false
    }

    /// Passes the data of a COPY. The server skips a Sync or a Flush among them.
    pub(super) fn copy(&mut self, line: &mut ProxyLine) {
        let is_query = line
            .expected
            .first()
            .is_some_and(|owed| owed.what == ReplyKind::Query);
        while let Some(tag) = self.inbox.first_tag() {
            match tag {
                b'c' | b'f' => return self.end_copy(line, is_query),
                b'd' | b'X' | END => self.pass_first(line),
                // It stands behind the COPY, which is to fail.
                _ if is_query => return self.pass_first(line),
                _ => {
                    if let Some(piece) = self.inbox.pop() {
                        line.pass_unanswered(&piece.bytes);
                    }
                }
            }
        }
    }

    /// Behind the data the client's Sync may be held again, for which it must have come.
    fn end_copy(&mut self, line: &mut ProxyLine, is_query: bool) {
        let is_split = self.owes_sync;
        let boundary = self.inbox.boundary();
        if !is_query && !is_split && boundary.is_none() {
            return;
        }
        self.set_copying(false);
        self.pass_first(line);
        if is_query {
            return;
        }
        self.is_keeping = (is_split || boundary == Some(b'S')) && !line.transaction.is_block();
        own::flush(line);
    }

    pub(super) fn answered(&mut self, line: &mut ProxyLine) {
        let state = std::mem::replace(&mut self.state, HoldState::Ready);
        if let HoldState::Running(run) = state {
            run.tally.tell(line);
        }
    }
}

fn run_of(state: &mut HoldState) -> Option<&mut StepRun> {
    match state {
        HoldState::Running(run) => Some(run),
        _ => None,
    }
}

/// Counts a message; answers whether the client may see it.
fn take_in(run: &mut StepRun, line: &mut ProxyLine, tag: u8, piece: &CutPiece, met: &Met) -> bool {
    if let Met::Failed(_) = met {
        if run.is_refused_by(&step_error(piece).sqlstate) {
            line.to_client.drop_kept();
            if let Some(Splitting::Unbound(query)) = run.attempt.take() {
                run.attempt = Some(Splitting::Refused(query));
            }
            return false;
        }
        run.attempt = None;
    }
    let is_bound = matches!(met, Met::Done(owed) if owed.what == ReplyKind::Bind);
    if is_bound && run.attempt.take().is_some() {
        // What notices were kept go first.
        line.to_client.release();
    }
    if !matches!(met, Met::Aside | Met::OutOfTurn) {
        run.tally.count(tag, piece);
    }
    true
}
