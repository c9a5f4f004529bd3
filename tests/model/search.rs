//! What becomes of a search when an arena fails: it ends, and says so.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use checkout_sim::event::Event;
use checkout_sim::explore::arena::{Arena, Asked, End, Seat, StepError};
use checkout_sim::explore::bounds::Rules;
use checkout_sim::explore::bounds::{Covered, Limits, Policy};
use checkout_sim::explore::footprint::Footprint;
use checkout_sim::explore::schedule::Choice;
use checkout_sim::explore::search::Arenas;
use checkout_sim::explore::walk::Walked;
use checkout_sim::value::State;

/// What an arena does at its so many-th step, and only then.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Fails,
    Panics,
    /// As a server that lets freed sessions race, every time.
    Races,
    /// As a server that does so once.
    RacesOnce,
}

/// Two sessions of three statements each, on no database.
struct Stub {
    left: [u32; 2],
    seats: Vec<Seat>,
    fate: Fate,
    steps: u32,
    /// The step at which its fate comes, counted over all walks.
    at: u32,
}

impl Stub {
    fn look_around(&mut self) {
        let seat = |left: &u32| match left {
            0 => Seat::Done,
            _ => Seat::Parked,
        };
        self.seats = self.left.iter().map(seat).collect();
    }
}

impl Arena for Stub {
    fn invite(&mut self, _sessions: &[usize]) {}

    async fn reset(&mut self) -> Result<(), StepError> {
        self.left = [3, 3];
        self.look_around();
        Ok(())
    }

    fn seats(&self) -> &[Seat] {
        &self.seats
    }

    async fn admit(&mut self, choice: Choice, _events: &mut Vec<Event>) -> Result<(), StepError> {
        // The other arena is in the middle of a walk meanwhile.
        tokio::task::yield_now().await;
        self.steps += 1;
        match self.fate {
            Fate::Fails if self.steps == self.at => return Err(StepError::Database("gone".into())),
            Fate::Panics if self.steps == self.at => panic!("an arena's fate"),
            Fate::Races if self.steps >= self.at => return Err(StepError::OtherVictim),
            Fate::RacesOnce if self.steps == self.at => return Err(StepError::OtherVictim),
            _ => {}
        }
        self.left[choice.session()] -= 1;
        self.look_around();
        Ok(())
    }

    async fn admit_and_look(
        &mut self,
        choice: Choice,
        events: &mut Vec<Event>,
    ) -> Result<Footprint, StepError> {
        self.admit(choice, events).await?;
        Ok(Footprint::EVERYTHING)
    }

    fn next_statement(&self, _session: usize) -> Asked {
        unreachable!("the search does not ask")
    }

    async fn state(&mut self) -> Result<State, StepError> {
        unreachable!("the search does not ask")
    }

    async fn end(&mut self) -> Result<End, StepError> {
        Ok(End::of_shop(State::default(), Vec::new()))
    }
}

fn search(policy: Policy, fate: Fate, at: u32) -> (Covered, Result<(), StepError>) {
    let make = |_| async move {
        let (left, seats, steps) = ([3, 3], Vec::new(), 0);
        Ok(Stub {
            left,
            seats,
            fate,
            steps,
            at,
        })
    };
    let mut arenas = Arenas::open(2, make).unwrap();
    let rules = Rules {
        crash: false,
        switches_max: None,
        reduce: false,
    };
    let (limits, stop) = (Limits::default(), AtomicBool::new(false));
    let seen = Mutex::new(Vec::new());
    let see = |walked: Walked| seen.lock().unwrap().push(walked.schedule.to_string());
    let (covered, worked) = arenas.search(policy, rules, limits, &stop, &see);
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.len() as u64, covered.schedules);
    let said = covered.all_within.map(|within| within.switches);
    let left = words(3, 3).into_iter().filter(|word| !seen.contains(word));
    let fewest = left.map(|word| switches(&word)).min();
    match policy {
        Policy::Exhaustive => assert_eq!(said, fewest.and_then(|fewest| fewest.checked_sub(1))),
        Policy::Random { .. } => assert_eq!(said, None),
    }
    (covered, worked)
}

/// Every schedule of two sessions with so many steps left.
fn words(a: usize, b: usize) -> Vec<String> {
    let mut all = Vec::new();
    for (first, rest) in [
        ("A", a.checked_sub(1).map(|a| words(a, b))),
        ("B", b.checked_sub(1).map(|b| words(a, b))),
    ] {
        all.extend(
            rest.into_iter()
                .flatten()
                .map(|rest| first.to_owned() + &rest),
        );
    }
    match a + b {
        0 => vec![String::new()],
        _ => all,
    }
}

/// Of three steps each, how often the session changes although it has a step left.
fn switches(word: &str) -> usize {
    let changes = word.as_bytes().windows(2).enumerate();
    let by_choice = |(at, pair): &(usize, &[u8])| {
        let made = word.bytes().take(at + 1).filter(|made| *made == pair[0]);
        pair[0] != pair[1] && made.count() < 3
    };
    changes.filter(by_choice).count()
}

const POLICIES: [Policy; 2] = [
    Policy::Exhaustive,
    Policy::Random {
        schedules: 1_000,
        seed: 7,
    },
];

/// Whenever it fails, the others do not wait for it.
#[test]
fn a_failure_ends_the_search() {
    for policy in POLICIES {
        for at in 1..=40 {
            let (covered, worked) = search(policy, Fate::Fails, at);
            assert!(matches!(worked, Err(StepError::Database(_))), "{worked:?}");
            assert!(covered.cut_short && !covered.exhausted);
        }
    }
}

#[test]
fn a_panic_ends_the_search() {
    for policy in POLICIES {
        for at in [1, 5, 6, 7, 30] {
            let search = AssertUnwindSafe(|| search(policy, Fate::Panics, at));
            assert!(catch_unwind(search).is_err());
        }
    }
}

/// Begun again, it covers what it would have covered.
#[test]
fn a_race_is_begun_again() {
    let (covered, worked) = search(Policy::Exhaustive, Fate::RacesOnce, 9);
    worked.unwrap();
    // Each arena that had something to do met one race; 20 = 6! / (3! 3!).
    assert_eq!((covered.schedules, covered.exhausted), (20, true));
    assert!((1..=2).contains(&covered.again), "{covered:?}");
    let (covered, worked) = search(POLICIES[1], Fate::RacesOnce, 9);
    worked.unwrap();
    assert_eq!(covered.schedules, 1_000);
    assert!((1..=2).contains(&covered.again), "{covered:?}");
}

/// What cannot be begun again for ever is left out, and counted: nothing is exhausted then.
#[test]
fn a_race_without_end_is_skipped() {
    for policy in POLICIES {
        let (covered, worked) = search(policy, Fate::Races, 9);
        worked.unwrap();
        assert!(covered.skipped > 0 && !covered.exhausted, "{covered:?}");
        assert!(!covered.cut_short, "{covered:?}");
    }
}
