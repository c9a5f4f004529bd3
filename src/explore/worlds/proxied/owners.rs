//! Which request a connection is with.

use std::collections::BTreeMap;

use crate::explore::worlds::proxy::ConnectionId;

#[derive(Debug, Clone, Copy, Default)]
struct Line {
    pid: u32,
    /// The request that it is with: a step of it is under way, or its transaction is open.
    owner: Option<usize>,
    /// The request that used it last.
    last: Option<usize>,
}

/// The connections of a program.
#[derive(Debug, Default)]
pub(super) struct Owners(BTreeMap<ConnectionId, Line>);

impl Owners {
    /// The server let a connection in, as this process of its own.
    pub(super) fn opened(&mut self, connection: ConnectionId, pid: u32) {
        self.0.entry(connection).or_default().pid = pid;
    }

    /// A step of a request goes to the server.
    pub(super) fn take(&mut self, connection: ConnectionId, session: usize) {
        let line = self.0.entry(connection).or_default();
        (line.owner, line.last) = (Some(session), Some(session));
    }

    /// No transaction is open on it any more.
    pub(super) fn free(&mut self, connection: ConnectionId) {
        if let Some(line) = self.0.get_mut(&connection) {
            line.owner = None;
        }
    }

    pub(super) fn closed(&mut self, connection: ConnectionId) {
        self.0.remove(&connection);
    }

    pub(super) fn owner(&self, connection: ConnectionId) -> Option<usize> {
        self.0.get(&connection)?.owner
    }

    pub(super) fn last_user(&self, connection: ConnectionId) -> Option<usize> {
        self.0.get(&connection)?.last
    }

    /// A server process, of which this is the number.
    pub(super) fn pid(&self, connection: ConnectionId) -> i32 {
        let pid = self.0.get(&connection).map_or(0, |line| line.pid);
        pid.cast_signed()
    }

    pub(super) fn is_with(&self, session: usize) -> bool {
        self.0.values().any(|line| line.owner == Some(session))
    }

    pub(super) fn are_free(&self) -> bool {
        self.0.values().all(|line| line.owner.is_none())
    }

    /// A new schedule begins: the one before says nothing of it.
    pub(super) fn forget_users(&mut self) {
        for line in self.0.values_mut() {
            line.last = None;
        }
    }

    /// The request that a server process works for.
    pub(super) fn of_pid(&self, pid: i32) -> Option<usize> {
        let mut lines = self.0.values();
        let line = lines.find(|line| line.pid.cast_signed() == pid)?;
        line.owner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: ConnectionId = ConnectionId(1);

    #[test]
    fn a_connection_is_with_a_request_until_its_transaction_ends() {
        let mut owners = Owners::default();
        owners.opened(ONE, 70);
        assert_eq!((owners.owner(ONE), owners.of_pid(70)), (None, None));
        owners.take(ONE, 1);
        assert_eq!((owners.owner(ONE), owners.of_pid(70)), (Some(1), Some(1)));
        assert!(owners.is_with(1) && !owners.is_with(0) && !owners.are_free());
        owners.free(ONE);
        assert_eq!((owners.owner(ONE), owners.last_user(ONE)), (None, Some(1)));
        assert!(owners.are_free());
        owners.forget_users();
        assert_eq!((owners.last_user(ONE), owners.pid(ONE)), (None, 70));
        owners.take(ONE, 0);
        owners.closed(ONE);
        assert!(owners.are_free() && owners.of_pid(70).is_none());
    }
}
