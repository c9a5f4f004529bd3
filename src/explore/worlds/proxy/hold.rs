//! Steps that are held: each parks before the server until it is let go.

use super::cutter::CutPiece;
use super::inbox::Inbox;
use super::line::ProxyLine;
use super::own;
use super::plan::{NextStep, Planned, StepPlan, next, takes_snapshot};
use super::run::{Splitting, StepRun};
use super::settings::HoldSettings;
use super::step::{ProxyEvent, StepKind};
use crate::database::wire::ClientMessage;

#[derive(Debug)]
pub(super) enum HoldState {
    /// The next step may be read.
    Ready,
    /// One stands before the server.
    Parked(u64, StepPlan),
    /// One is under way.
    Running(Box<StepRun>),
}

/// A connection whose steps are held.
#[derive(Debug)]
pub(super) struct Hold {
    pub(super) settings: HoldSettings,
    pub(super) inbox: Inbox,
    pub(super) state: HoldState,
    /// A simple query was split: its Sync is to be sent.
    pub(super) owes_sync: bool,
    /// The client waits for a Sync, so that it need not see yet what is not committed.
    pub(super) is_keeping: bool,
    /// The implicit transaction has its snapshot.
    pub(super) has_snapshot: bool,
    /// Steps pass from now on, and nothing is held once the last one is answered.
    is_leaving: bool,
}

impl Hold {
    pub(super) fn new(settings: HoldSettings) -> Self {
        Self {
            settings,
            inbox: Inbox::default(),
            state: HoldState::Ready,
            owes_sync: false,
            is_keeping: false,
            has_snapshot: false,
            is_leaving: false,
        }
    }

    /// Whether no step is under way.
    pub(super) const fn is_between_steps(&self) -> bool {
        !matches!(self.state, HoldState::Running(_))
    }

    pub(super) fn is_parked(&self, number: u64) -> bool {
        matches!(&self.state, HoldState::Parked(parked, _) if *parked == number)
    }

    pub(super) const fn bytes_max(&self) -> usize {
        self.settings.held_bytes_max
    }

    /// Whether more may be read from the client. A batch that is too long to be held is
    /// given up, so what is full here moves on once a step is let go.
    pub(super) const fn has_room(&self) -> bool {
        self.inbox.bytes() <= self.settings.held_bytes_max
    }

    /// Whether the client has sent more than can be held, and nothing that is whole.
    pub(super) fn is_overfull(&self) -> bool {
        let is_whole = self.inbox.boundary().is_some();
        !self.has_room() && !is_whole && !matches!(self.state, HoldState::Parked(..))
    }

    pub(super) fn push(&mut self, line: &mut ProxyLine, piece: CutPiece) {
        self.inbox.push(piece);
        self.advance(line);
    }

    /// The client will send nothing more.
    pub(super) fn end(&mut self, line: &mut ProxyLine) {
        self.inbox.push_end();
        self.advance(line);
    }

    /// Lets a step go, if it is the one that is parked.
    pub(super) fn let_go(&mut self, line: &mut ProxyLine, number: u64) {
        if !self.is_parked(number) {
            return;
        }
        if let HoldState::Parked(_, plan) = std::mem::replace(&mut self.state, HoldState::Ready) {
            self.begin(line, number, &plan);
        }
        self.advance(line);
    }

    /// From now on steps are held so.
    pub(super) const fn stay(&mut self, settings: HoldSettings) {
        self.settings = settings;
        self.is_leaving = false;
    }

    /// From now on steps pass.
    pub(super) fn leave(&mut self, line: &mut ProxyLine) {
        self.is_leaving = true;
        if let HoldState::Parked(number, _) = self.state {
            self.let_go(line, number);
        }
        self.advance(line);
    }

    /// Whether nothing is held any more.
    pub(super) fn has_left(&self, line: &ProxyLine) -> bool {
        let is_ready = matches!(self.state, HoldState::Ready) && self.inbox.is_empty();
        self.is_leaving && is_ready && !self.owes_sync && !line.transaction.is_dirty()
    }

    /// Passes on all that is held, at once.
    pub(super) fn surrender(&mut self, line: &mut ProxyLine) {
        if std::mem::take(&mut self.owes_sync) {
            own::sync(line, false);
        }
        line.to_client.release();
        while let Some(piece) = self.inbox.pop() {
            line.pass(&piece, None);
        }
    }

    pub(super) fn advance(&mut self, line: &mut ProxyLine) {
        loop {
            let has_moved = match &self.state {
                HoldState::Parked(..) => false,
                HoldState::Ready => self.take_next(line),
                HoldState::Running(_) => self.go_on(line),
            };
            if !has_moved {
                return;
            }
        }
    }

    /// Parks the next step, or passes on what is none.
    fn take_next(&mut self, line: &mut ProxyLine) -> bool {
        if line.expected.is_skipping() && !self.inbox.is_empty() {
            self.pass_first(line);
            return true;
        }
        // Whether a transaction is open is known when the server is ready.
        if line.expected.awaits_ready() {
            return false;
        }
        if self.owes_sync {
            let commit = Planned {
                plan: StepPlan::Commit,
                kind: StepKind::Commit,
                statements: Vec::new(),
            };
            self.park(line, commit);
            return true;
        }
        match next(&self.inbox, line.transaction, &mut line.book) {
            NextStep::Wait => false,
            NextStep::Pass(count) => {
                (0..count).for_each(|_| self.pass_first(line));
                true
            }
            NextStep::Step(planned) => {
                self.park(line, planned);
                true
            }
        }
    }

    pub(super) fn pass_first(&mut self, line: &mut ProxyLine) {
        if let Some(piece) = self.inbox.pop() {
            line.pass(&piece, None);
        }
    }

    fn park(&mut self, line: &mut ProxyLine, mut planned: Planned) {
        let is_outside = !line.transaction.is_open() && !self.has_snapshot;
        if self.settings.snapshot_steps && is_outside && takes_snapshot(&planned) {
            planned.plan = StepPlan::Snapshot;
            planned.kind = StepKind::Snapshot;
        }
        let step = line.new_step(planned.kind, planned.statements);
        let number = step.id.number;
        if self.settings.is_automatic || self.is_leaving {
            line.events.push_back(ProxyEvent::Passed(step));
            self.begin(line, number, &planned.plan);
        } else {
            line.events.push_back(ProxyEvent::Parked(step));
            self.state = HoldState::Parked(number, planned.plan);
        }
    }

    /// Sends a step to the server.
    fn begin(&mut self, line: &mut ProxyLine, number: u64, plan: &StepPlan) {
        let mut run = StepRun::begin(number, plan);
        match plan {
            StepPlan::Extended(count) => {
                // Without a Sync the client waits for what it flushes, and sees it.
                let is_synced = self.inbox.boundary() == Some(b'S');
                self.is_keeping = is_synced && !line.transaction.is_block();
                self.has_snapshot = true;
                (1..*count).for_each(|_| self.pass_first(line));
                let is_flushed = self.inbox.first_tag() == Some(b'H');
                self.pass_first(line);
                if !is_flushed {
                    own::flush(line);
                }
            }
            StepPlan::Split => {
                self.is_keeping = true;
                self.owes_sync = true;
                run.attempt = self.split_first(line).map(Splitting::Unbound);
                line.to_client.keep();
            }
            StepPlan::Snapshot => {
                self.has_snapshot = true;
                own::snapshot(line);
            }
            StepPlan::Commit if std::mem::take(&mut self.owes_sync) => {
                run.is_split_commit = true;
                own::sync(line, false);
            }
            StepPlan::Whole | StepPlan::Commit => self.pass_first(line),
            // The server closes the connection, and says nothing.
            StepPlan::End => return self.pass_first(line),
        }
        self.state = HoldState::Running(Box::new(run));
    }

    fn split_first(&mut self, line: &mut ProxyLine) -> Option<CutPiece> {
        let query = self.inbox.pop()?;
        if let Some(ClientMessage::Query(sql)) = query.frame().and_then(ClientMessage::read) {
            own::split(line, sql);
        }
        Some(query)
    }

    /// Sees what the step that is under way needs next.
    fn go_on(&mut self, line: &mut ProxyLine) -> bool {
        let HoldState::Running(run) = &mut self.state else {
            return false;
        };
        if run.is_copying {
            self.copy(line);
            return false;
        }
        if line.expected.is_skipping() && !run.has_sync {
            return self.end_failed(line);
        }
        if !line.expected.is_empty() {
            return false;
        }
        if let Some(Splitting::Refused(query)) = run.attempt.take() {
            line.pass(&query, None);
            return false;
        }
        // Nothing is committed by this Sync: it is no step of its own.
        if !run.has_sync && !line.transaction.is_dirty() {
            let is_sent = self.owes_sync || self.inbox.first_tag() == Some(b'S');
            run.has_sync = true;
            if std::mem::take(&mut self.owes_sync) {
                own::sync(line, false);
            } else if is_sent {
                self.pass_first(line);
            }
            if is_sent {
                return false;
            }
        }
        self.answered(line);
        true
    }
}
