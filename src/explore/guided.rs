//! A schedule that was found on one checkout, on another one: as far as it fits.

use super::arena::{Arena, Seat, StepError};
use super::case::Case;
use super::schedule::{Choice, Schedule, letter};
use super::trace::{Recording, Trace, add_what_is_seen, until_steady};
use super::walk::first_to_move;

/// What a schedule led to on a checkout that it may not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guided {
    /// The schedule as it was carried out, with every statement and reply.
    pub trace: Trace,
    /// Where it left the schedule that guided it; `None` where that one fits to its end.
    pub departure: Option<Departure>,
}

/// Where a schedule no longer fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// The first step that was not taken as the schedule has it, from 1.
    pub step: usize,
    /// Why not, as a clause.
    pub why: String,
    /// Whether a buyer went on from there; else every buyer was done.
    pub goes_on: bool,
}

/// Follows a schedule as far as it fits. Where the buyer that it names cannot move, or where
/// it ends with a buyer in the middle, the rest of it is left out, and the first buyer that can
/// move goes on, step by step, until every buyer is done. Buyers that it does not name do
/// not come.
///
/// # Errors
/// The database failed.
pub async fn guide<A: Arena>(
    arena: &mut A,
    case: &Case,
    schedule: &Schedule,
) -> Result<Guided, StepError> {
    arena.invite(&schedule.sessions());
    let guided = until_steady(async || try_to_guide(arena, case, schedule).await).await?;
    Ok(Guided {
        trace: add_what_is_seen(arena, case, guided.trace).await?,
        ..guided
    })
}

async fn try_to_guide<A: Arena>(
    arena: &mut A,
    case: &Case,
    schedule: &Schedule,
) -> Result<Guided, StepError> {
    let mut recording = Recording::start(arena).await?;
    let mut departure = None;
    for (made, &choice) in schedule.0.iter().enumerate() {
        let seats = arena.seats();
        if let Some(why) = kept_by(seats, choice) {
            departure = Some(Departure {
                step: made + 1,
                why,
                goes_on: first_to_move(seats).is_some(),
            });
            break;
        }
        recording.step(arena, case, choice).await?;
    }
    while let Some(session) = first_to_move(arena.seats()) {
        departure.get_or_insert_with(|| Departure {
            step: schedule.0.len() + 1,
            why: "the schedule has ended, and not every buyer is done".into(),
            goes_on: true,
        });
        recording.step(arena, case, Choice::Step(session)).await?;
    }
    let trace = recording.finish(arena, case).await?;
    Ok(Guided { trace, departure })
}

/// What keeps a session from its step; `None` where nothing does.
fn kept_by(seats: &[Seat], choice: Choice) -> Option<String> {
    let why = match seats.get(choice.session()) {
        Some(Seat::Parked) => return None,
        Some(Seat::Blocked) => "is blocked",
        Some(Seat::Done) | None => "has nothing more to do",
    };
    Some(format!("buyer {} {why}", letter(choice.session())))
}
