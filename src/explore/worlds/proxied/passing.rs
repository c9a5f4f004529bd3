//! Steps that go without being a move of the search: of no request, or only prepared.

use std::collections::HashSet;

use crate::explore::worlds::proxy::{ConnectionId, Proxy, ProxyStep, StepId};

/// What is known of them.
#[derive(Debug, Default)]
pub(super) struct Passing {
    /// They go as soon as the proxy is at hand; whether each stands in a transaction.
    due: Vec<(StepId, bool)>,
    /// The server has not answered them yet.
    asked: HashSet<StepId>,
}

impl Passing {
    pub(super) fn add(&mut self, step: &ProxyStep) {
        self.due.push((step.id, step.is_in_transaction));
    }

    /// Lets them go.
    pub(super) fn go(&mut self, proxy: &Proxy) {
        let due = std::mem::take(&mut self.due);
        self.let_go(proxy, due);
    }

    /// Lets those go that a transaction cannot end without; the others stay.
    pub(super) fn go_on(&mut self, proxy: &Proxy) {
        let due = std::mem::take(&mut self.due);
        let (now, later) = due.into_iter().partition(|(_, is_within)| *is_within);
        self.due = later;
        self.let_go(proxy, now);
    }

    fn let_go(&mut self, proxy: &Proxy, steps: Vec<(StepId, bool)>) {
        for (step, _) in steps {
            // A connection that is gone has told so.
            if proxy.let_go(step) {
                self.asked.insert(step);
            }
        }
    }

    pub(super) fn answered(&mut self, step: StepId) {
        self.asked.remove(&step);
    }

    pub(super) fn closed(&mut self, connection: ConnectionId) {
        self.asked.retain(|step| step.connection != connection);
    }

    /// Whether each has been answered. A program that waits for one looks as if it were at rest.
    pub(super) fn is_over(&self) -> bool {
        self.due.is_empty() && self.asked.is_empty()
    }
}
