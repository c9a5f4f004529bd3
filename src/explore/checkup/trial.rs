//! Whether a service can be followed, and how long its schedules take.

use std::time::{Duration, Instant};

use crate::explore::arena::{Arena, Seat, StepError};
use crate::explore::calibrate::calibrate;
use crate::explore::case::Case;
use crate::explore::schedule::{Choice, letter};

/// So many schedules are measured.
const MEASURED: u32 = 5;

/// What a trial found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// What each step of each request does when it comes alone, as schedules show it; the first one
    /// is that the request is sent.
    pub steps: Vec<Vec<String>>,
    /// Values that the database or the service makes anew each time, in words.
    pub generated: Vec<String>,
    /// What differs between equal runs without a known reason.
    pub unexplained: Vec<String>,
    /// How long a schedule takes, on average.
    pub per_schedule: Duration,
}

/// Lets every request come alone, all of them one after the other as an exploration does first,
/// and then all of them in turns.
///
/// # Errors
/// What it does cannot be followed; or the database failed.
pub async fn try_out<A: Arena>(arena: &mut A, case: &Case) -> Result<Trial, StepError> {
    let sessions = case.carts.len();
    let mut steps = Vec::new();
    for session in 0..sessions {
        steps.push(alone(arena, session).await?);
    }
    calibrate(arena, case).await?;
    let all: Vec<usize> = (0..sessions).collect();
    arena.invite(&all);
    let began = Instant::now();
    for _ in 0..MEASURED {
        in_turns(arena).await?;
    }
    let per_schedule = began.elapsed() / MEASURED;
    let notes = case.own().and_then(|own| own.notes());
    let mut generated = Vec::new();
    let mut unexplained = Vec::new();
    if let Some(notes) = notes {
        let kinds = [
            ("of a sequence", &notes.of_sequences),
            ("drawn", &notes.drawn),
            ("of the clock", &notes.of_the_clock),
            ("of several sequences", &notes.mixed),
        ];
        for (kind, names) in kinds {
            generated.extend(names.iter().map(|name| format!("{name} ({kind})")));
        }
        unexplained.clone_from(&notes.unexplained);
    }
    Ok(Trial {
        steps,
        generated,
        unexplained,
        per_schedule,
    })
}

async fn alone<A: Arena>(arena: &mut A, session: usize) -> Result<Vec<String>, StepError> {
    arena.invite(&[session]);
    arena.reset().await?;
    let (mut steps, mut events) = (Vec::new(), Vec::new());
    while arena.seats()[session] == Seat::Parked {
        steps.push(arena.next_statement(session).short);
        arena.admit(Choice::Step(session), &mut events).await?;
    }
    Ok(steps)
}

/// One schedule in which another session goes on after each step, where one can.
async fn in_turns<A: Arena>(arena: &mut A) -> Result<(), StepError> {
    arena.reset().await?;
    let mut events = Vec::new();
    let mut last = 0;
    loop {
        let seats = arena.seats();
        let after = (1..=seats.len()).map(|step| (last + step) % seats.len());
        let next = after.into_iter().find(|&at| seats[at] == Seat::Parked);
        let Some(session) = next else {
            break;
        };
        arena.admit(Choice::Step(session), &mut events).await?;
        last = session;
    }
    if let Some(blocked) = arena.seats().iter().position(|seat| *seat == Seat::Blocked) {
        let letter = letter(blocked);
        let why = format!("request {letter} waits, and no other one can go on");
        return Err(StepError::Database(why));
    }
    arena.end().await.map(|_| ())
}
