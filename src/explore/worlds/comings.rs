//! When the sessions of a schedule came and went.

use crate::explore::arena::Seat;
use crate::explore::schedule::Choice;

/// The sessions that have begun, and which of them were done when another one did.
#[derive(Debug, Default)]
pub(super) struct Comings {
    /// Each session that has sent a statement, with those that had their last reply by then.
    begun: Vec<(usize, Vec<usize>)>,
    /// Sessions whose connection the schedule cut.
    cut: Vec<usize>,
}

impl Comings {
    /// A choice is about to be made while sessions do this.
    pub(super) fn note(&mut self, choice: Choice, seats: &[Seat]) {
        let session = choice.session();
        if choice.is_fault() {
            self.cut.push(session);
        }
        if self.begun.iter().any(|(begun, _)| *begun == session) {
            return;
        }
        let begun = self.begun.iter().map(|(begun, _)| *begun);
        let done = begun.filter(|begun| seats[*begun] == Seat::Done);
        self.begun.push((session, done.collect()));
    }

    /// Whether the schedule cut its connection.
    pub(super) fn is_cut(&self, session: usize) -> bool {
        self.cut.contains(&session)
    }

    /// Pairs of sessions of which the first one had its last reply before the second one sent
    /// its first statement.
    pub(super) fn in_real_time(&self) -> Vec<(usize, usize)> {
        let pairs = self.begun.iter().flat_map(|(later, done)| {
            let earlier = done.iter();
            earlier.map(|earlier| (*earlier, *later))
        });
        let mut pairs: Vec<(usize, usize)> = pairs.collect();
        pairs.sort_unstable();
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Seat::{Blocked, Done, Parked};

    /// A session that waits is not done, and one that is done before another one begins stands
    /// before it.
    #[test]
    fn a_session_that_is_done_stands_before_those_that_begin_later() {
        let mut comings = Comings::default();
        comings.note(Choice::Step(1), &[Parked, Parked, Parked]);
        comings.note(Choice::Step(0), &[Parked, Blocked, Parked]);
        comings.note(Choice::Step(1), &[Done, Parked, Parked]);
        comings.note(Choice::Step(2), &[Done, Parked, Parked]);
        comings.note(Choice::Cut(2), &[Done, Done, Parked]);
        assert_eq!(comings.in_real_time(), [(0, 2)]);
        assert!(comings.is_cut(2) && !comings.is_cut(0));
    }
}
