//! Whether the program chose which of several requests went on first.

use std::collections::BTreeSet;

use super::whereabouts::Whereabouts;

/// Which requests the program has gone on with since a step was let go.
///
/// A request that waits in the program goes on when another one lets it. Where that one is over
/// then, and no other one waited, there was no choice. Else which of them came first was the
/// program's choice, and the search has seen that one order alone. A statement on a connection that
/// was free may be of the one that waited, too.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// They waited in the program.
    rested: BTreeSet<usize>,
    ran: BTreeSet<usize>,
    /// Whether a statement has come on a connection that was free.
    came_on_free: bool,
    was_chosen: bool,
}

impl Turns {
    /// A step is let go.
    pub(super) fn begin(&mut self) {
        self.rested.clear();
        self.ran.clear();
        self.came_on_free = false;
    }

    /// The program goes on with this request: it was sent, or a step of it was answered.
    pub(super) fn goes_on(&mut self, session: usize) {
        self.ran.insert(session);
    }

    /// The program may go on with this request, which waited there.
    pub(super) fn wakes(&mut self, session: usize) {
        self.rested.insert(session);
        self.ran.insert(session);
    }

    /// A statement has come on a connection that was free.
    pub(super) const fn sends_on_a_free_connection(&mut self) {
        self.came_on_free = true;
    }

    /// All is quiet again.
    pub(super) fn end(&mut self, at: &[Whereabouts]) {
        let waits = |one: &&usize| at[**one].is_in_program();
        if self.rested.iter().any(|one| waits(&one)) && self.came_on_free {
            self.was_chosen = true;
        }
        let gone_on: Vec<&usize> = self.rested.iter().filter(|one| !waits(one)).collect();
        let goes_on_too =
            |other: &usize| !gone_on.contains(&other) && at[*other] != Whereabouts::Over;
        let are_others = gone_on.len() == 1 && self.ran.iter().any(goes_on_too);
        self.was_chosen |= gone_on.len() > 1 || are_others;
    }

    /// Whether that was so in the schedule that ends; the next one begins.
    pub(super) fn take(&mut self) -> bool {
        std::mem::take(&mut self.was_chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::worlds::proxy::{ConnectionId, StepId};
    use Whereabouts::{Asking, Over, Resting};

    fn asks() -> Whereabouts {
        let connection = ConnectionId(1);
        Asking(StepId {
            connection,
            number: 1,
        })
    }

    /// The first request had waited, and this is where the requests are afterwards.
    fn is_chosen(ran: &[usize], at: &[Whereabouts]) -> bool {
        let mut turns = Turns::default();
        turns.begin();
        turns.wakes(0);
        ran.iter().for_each(|session| turns.goes_on(*session));
        turns.end(at);
        turns.take()
    }

    #[test]
    fn it_is_a_choice_where_the_one_that_let_another_go_goes_on_itself() {
        assert!(!is_chosen(&[1], &[asks(), Over]), "it is over");
        assert!(is_chosen(&[1], &[asks(), asks()]), "both go on");
        assert!(is_chosen(&[1], &[Over, asks()]), "one is over since");
        assert!(is_chosen(&[1], &[asks(), Resting]), "it waits in turn");
        assert!(!is_chosen(&[1], &[Resting, asks()]), "it waits still");
        assert!(!is_chosen(&[], &[asks(), asks()]), "it woke up by itself");
    }

    #[test]
    fn a_statement_may_be_of_the_one_that_waits_where_its_connection_was_free() {
        let mut turns = Turns::default();
        for is_free in [false, true] {
            turns.begin();
            turns.wakes(0);
            turns.goes_on(1);
            if is_free {
                turns.sends_on_a_free_connection();
            }
            turns.end(&[Resting, asks()]);
            assert_eq!(turns.take(), is_free);
        }
        turns.begin();
        turns.goes_on(1);
        turns.sends_on_a_free_connection();
        turns.end(&[asks(), asks()]);
        assert!(!turns.take(), "none waited");
    }

    #[test]
    fn it_is_a_choice_where_several_waited_and_one_goes_on() {
        let mut turns = Turns::default();
        turns.wakes(0);
        turns.wakes(1);
        turns.goes_on(2);
        turns.end(&[Resting, asks(), Over]);
        assert!(turns.take());
        assert!(!turns.take(), "of one schedule");
        for at in [
            [asks(), Over, Over],
            [Over, asks(), Over],
            [Over, Over, Over],
        ] {
            turns.end(&at);
            assert!(turns.take(), "both go on: {at:?}");
        }
        turns.begin();
        turns.end(&[asks(), asks(), Over]);
        assert!(!turns.take(), "nothing has gone on since");
    }
}
