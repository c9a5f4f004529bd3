//! Whether the same beginning leads to the same place each time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::explore::schedule::{Choice, Schedule, letter};
use crate::explore::unfollowed::Unfollowed;

/// So many beginnings are remembered.
const BEGINNINGS_MAX: usize = 200_000;

/// What each request was doing, in words: of its next statement the text without its values,
/// in which a program may have drawn or read the time.
pub(super) type Doings = Vec<String>;

/// Where beginnings led.
#[derive(Debug, Default)]
pub(super) struct Sameness {
    /// By the requests that take part, and the choices.
    known: HashMap<(Vec<usize>, Vec<Choice>), Doings>,
}

impl Sameness {
    /// Notes where a beginning has led when these requests took part.
    ///
    /// # Errors
    /// It led elsewhere before.
    pub(super) fn note(
        &mut self,
        invited: &[usize],
        beginning: &[Choice],
        doings: &Doings,
    ) -> Result<(), Unfollowed> {
        let has_room = self.known.len() < BEGINNINGS_MAX;
        match self.known.entry((invited.to_vec(), beginning.to_vec())) {
            Entry::Occupied(known) if known.get() != doings => {
                Err(told(beginning, known.get(), doings))
            }
            Entry::Vacant(vacant) if has_room => {
                vacant.insert(doings.clone());
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn told(beginning: &[Choice], before: &Doings, now: &Doings) -> Unfollowed {
    let schedule = Schedule(beginning.to_vec());
    let mut differ = (0..).zip(before.iter().zip(now));
    let (session, (before, now)) = differ
        .find(|(_, (before, now))| before != now)
        .unwrap_or((0, (&before[0], &now[0])));
    let place = match beginning {
        [] => "before any step".into(),
        _ => format!("after {schedule}"),
    };
    Unfollowed::new(
        format!(
            "{place} request {} {now}, and {before} when the same was done before: the program \
             does not do the same each time",
            letter(session)
        ),
        "look for a cache, a timer, a sleep, a random choice or a state that it keeps between \
         requests",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_beginning_must_lead_to_the_same_place() {
        let mut sameness = Sameness::default();
        let doings = |words: [&str; 2]| words.map(str::to_owned).to_vec();
        let (one, other) = (
            doings(["waits", "is over"]),
            doings(["waits", "sends SELECT 1"]),
        );
        let (ab, ba): (Schedule, Schedule) = ("AB".parse().unwrap(), "BA".parse().unwrap());
        assert_eq!(sameness.note(&[0, 1], &ab.0, &one), Ok(()));
        assert_eq!(sameness.note(&[0, 1], &ba.0, &other), Ok(()));
        assert_eq!(sameness.note(&[0, 1], &ab.0, &one), Ok(()));
        // Where another request is missing, it is another beginning.
        assert_eq!(sameness.note(&[0, 1, 2], &ab.0, &other), Ok(()));
        let told = sameness.note(&[0, 1], &ab.0, &other).unwrap_err();
        assert!(
            told.reason
                .starts_with("after AB request B sends SELECT 1, and is over when"),
            "{told}"
        );
    }
}
