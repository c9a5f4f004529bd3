//! Which replies the server owes, in the sequence of what was sent.
//!
//! This is how the end of a step is known: every reply that it expects has come. No
//! message is counted that comes unasked.

use std::collections::VecDeque;

use bytes::Bytes;

/// What was sent and is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ReplyKind {
    Parse,
    Bind,
    Close,
    /// Of this statement; `None` of a portal.
    Describe(Option<Bytes>),
    Execute,
    Sync,
    /// A simple query, or a call of a function: all up to ReadyForQuery.
    Query,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owed {
    pub(super) what: ReplyKind,
    /// Sent by the proxy itself: its reply is none of the client's.
    pub(super) is_hidden: bool,
    /// The step that it ends, where nothing is held.
    pub(super) step: Option<u64>,
}

/// What a message of the server is a reply to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Met {
    /// It comes unasked.
    Aside,
    /// What is owed first goes on.
    Part,
    /// What was owed first is done.
    Done(Owed),
    /// An error; what will not be answered any more.
    Failed(Vec<Owed>),
    /// The server is ready; what that ends.
    Ready(Option<Owed>),
    /// Nothing that is owed.
    OutOfTurn,
}

/// The replies that are owed.
#[derive(Debug, Default)]
pub(super) struct ExpectedReplies {
    owed: VecDeque<Owed>,
    /// After an error the server skips everything up to a Sync that was not sent yet.
    is_skipping: bool,
}

impl ExpectedReplies {
    pub(super) fn is_empty(&self) -> bool {
        self.owed.is_empty()
    }

    pub(super) const fn is_skipping(&self) -> bool {
        self.is_skipping
    }

    /// Whether the server will say that it is ready.
    pub(super) fn awaits_ready(&self) -> bool {
        let ends = |owed: &Owed| matches!(owed.what, ReplyKind::Sync | ReplyKind::Query);
        self.owed.iter().any(ends)
    }

    pub(super) fn first(&self) -> Option<&Owed> {
        self.owed.front()
    }

    /// Notes what is sent; gives back what the server will skip.
    pub(super) fn push(&mut self, owed: Owed) -> Option<Owed> {
        if owed.what == ReplyKind::Sync {
            self.is_skipping = false;
        }
        if self.is_skipping {
            return Some(owed);
        }
        self.owed.push_back(owed);
        None
    }

    /// Finds what a message of the server is a reply to.
    pub(super) fn meet(&mut self, tag: u8) -> Met {
        use ReplyKind::{Bind, Close, Describe, Execute, Parse, Query};
        let first = self.owed.front().map(|owed| &owed.what);
        match (tag, first) {
            (b'N' | b'S' | b'A', _) => Met::Aside,
            (b'Z', _) => self.ready(),
            (b'E', _) => self.failed(),
            (b'1', Some(Parse))
            | (b'2', Some(Bind))
            | (b'3', Some(Close))
            | (b'T' | b'n', Some(Describe(_)))
            | (b'C' | b'I' | b's', Some(Execute)) => self.done(),
            (b't', Some(Describe(_)))
            | (b'D' | b'G' | b'H' | b'W' | b'd' | b'c', Some(Execute | Query))
            | (b'C' | b'I' | b'T' | b'V', Some(Query)) => Met::Part,
            _ => Met::OutOfTurn,
        }
    }

    fn done(&mut self) -> Met {
        self.owed.pop_front().map_or(Met::OutOfTurn, Met::Done)
    }

    fn ready(&mut self) -> Met {
        self.is_skipping = false;
        while let Some(owed) = self.owed.pop_front() {
            if matches!(owed.what, ReplyKind::Sync | ReplyKind::Query) {
                return Met::Ready(Some(owed));
            }
        }
        Met::Ready(None)
    }

    fn failed(&mut self) -> Met {
        let mut skipped = Vec::new();
        let had_any = !self.owed.is_empty();
        loop {
            match self.owed.front().map(|owed| &owed.what) {
                Some(ReplyKind::Sync | ReplyKind::Query) => return Met::Failed(skipped),
                Some(_) => skipped.extend(self.owed.pop_front()),
                None => break,
            }
        }
        self.is_skipping = had_any;
        Met::Failed(skipped)
    }
}
