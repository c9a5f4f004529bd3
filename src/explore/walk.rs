//! One schedule, from start to end.

use super::arena::{Arena, Choice, End, Schedule, Seat, StepError, letter};
use super::bounds::Rules;
use crate::event::Event;

/// How often a schedule is run again when the server went another way than it
/// did before.
pub(super) const AGAIN_MAX: u32 = 20;

/// Where a walk begins: choices that are made, and choices that need not be
/// made because another walk covers them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Branch {
    /// The first choices.
    pub prefix: Vec<Choice>,
    /// Sessions that sleep at the end of the prefix: what they would do next
    /// has been tried there, and nothing since has touched it.
    pub asleep: Vec<Choice>,
}

/// A schedule that was run to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walked {
    /// The schedule.
    pub schedule: Schedule,
    /// What it left behind.
    pub end: End,
    /// Whether the bound on context switches kept a session from moving.
    pub is_bounded: bool,
}

/// What came of a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// The schedule; `None` where everything left to do was asleep, so that another
    /// walk has been there, and where it was skipped.
    pub ended: Option<Walked>,
    /// Whether it was given up, because the server let freed sessions race however often
    /// it was begun: then what begins as it does is not covered.
    pub is_skipped: bool,
    /// How often it was begun before, and given up because the server let
    /// freed sessions race.
    pub again: u32,
}

impl Walk {
    const fn of(ended: Option<Walked>, again: u32) -> Self {
        Self {
            ended,
            is_skipped: false,
            again,
        }
    }

    const fn skipped(again: u32) -> Self {
        Self {
            ended: None,
            is_skipped: true,
            again,
        }
    }
}

/// Runs the job's prefix and goes on to the end, always with the first choice;
/// the other choices become jobs.
///
/// A prefix was found by a walk like this one. Where it cannot be followed, a
/// server that lets freed sessions race has gone another way this time.
///
/// # Errors
/// The database failed.
pub async fn walk<A: Arena>(
    arena: &mut A,
    job: &Branch,
    rules: Rules,
    jobs: &mut Vec<Branch>,
) -> Result<Walk, StepError> {
    let mut again = 0;
    loop {
        let made = jobs.len();
        match try_to_walk(arena, job, rules, jobs).await {
            Err(error) if may_pass(&error) => {
                jobs.truncate(made);
                if again == AGAIN_MAX {
                    return Ok(Walk::skipped(again));
                }
                again += 1;
            }
            ended => return ended.map(|ended| Walk::of(ended, again)),
        }
    }
}

/// Runs exactly one schedule, once. `None` where it cannot be followed to its end this
/// time, because the server went another way.
///
/// # Errors
/// The database failed.
pub(super) async fn walk_once<A: Arena>(
    arena: &mut A,
    schedule: &Schedule,
) -> Result<Option<Walked>, StepError> {
    let mut progress = Progress::start(arena).await?;
    for &choice in &schedule.0 {
        match progress.go(arena, choice).await {
            Err(error) if may_pass(&error) => return Ok(None),
            gone => gone?,
        }
    }
    match can_move(arena.seats()).is_empty() {
        true => progress.finish(arena).await.map(Some),
        false => Ok(None),
    }
}

/// Whether the same again may well go another way.
const fn may_pass(error: &StepError) -> bool {
    matches!(
        error,
        StepError::OtherVictim | StepError::Overtaken { .. } | StepError::CannotMove { .. }
    )
}

async fn try_to_walk<A: Arena>(
    arena: &mut A,
    job: &Branch,
    rules: Rules,
    jobs: &mut Vec<Branch>,
) -> Result<Option<Walked>, StepError> {
    let mut progress = Progress::start(arena).await?;
    for &choice in &job.prefix {
        progress.go(arena, choice).await?;
    }
    let mut asleep = job.asleep.clone();
    loop {
        let choices = progress.choices(arena, rules);
        let is_awake = |choice: &Choice| !asleep.contains(choice);
        let awake: Vec<Choice> = choices.iter().copied().filter(is_awake).collect();
        let Some((&first, others)) = awake.split_first() else {
            // Where nothing can move, the schedule is over; where all that can
            // move sleeps, it has been run elsewhere.
            return match choices.is_empty() {
                true => progress.finish(arena).await.map(Some),
                false => Ok(None),
            };
        };
        for (tried, &other) in others.iter().enumerate() {
            let mut prefix = progress.schedule.0.clone();
            prefix.push(other);
            let before = asleep.iter().chain(&awake[..=tried]).copied();
            jobs.push(Branch {
                prefix,
                asleep: stay_asleep(arena.seats(), before, other, rules),
            });
        }
        asleep = stay_asleep(arena.seats(), asleep.into_iter(), first, rules);
        progress.go(arena, first).await?;
    }
}

/// Those that still sleep after `moved`: whatever it disturbs wakes up.
fn stay_asleep(
    seats: &[Seat],
    asleep: impl Iterator<Item = Choice>,
    moved: Choice,
    rules: Rules,
) -> Vec<Choice> {
    if !rules.reduce {
        return Vec::new();
    }
    asleep
        .filter(|&sleeper| match (sleeper, moved) {
            (Choice::Step(a), Choice::Step(b)) => match (seats[a], seats[b]) {
                (Seat::Parked(a), Seat::Parked(b)) => a.is_independent(&b),
                _ => false,
            },
            // A cut connection frees everything its session holds.
            _ => false,
        })
        .collect()
}

/// A schedule in the making.
struct Progress {
    schedule: Schedule,
    /// What the last step set off; kept for its room.
    events: Vec<Event>,
    /// Context switches by choice.
    switches: usize,
    is_bounded: bool,
}

impl Progress {
    async fn start<A: Arena>(arena: &mut A) -> Result<Self, StepError> {
        arena.reset().await?;
        Ok(Self {
            schedule: Schedule::default(),
            events: Vec::new(),
            switches: 0,
            is_bounded: false,
        })
    }

    /// What can be chosen now; to go on with the same session comes first, so
    /// that the first schedule found has the fewest switches.
    fn choices<A: Arena>(&mut self, arena: &A, rules: Rules) -> Vec<Choice> {
        let parked = |session: &usize| is_parked(arena.seats(), *session);
        let mut sessions: Vec<usize> = (0..arena.seats().len()).filter(parked).collect();
        let last = self.last();
        sessions.sort_by_key(|session| Some(*session) != last);
        let is_spent = rules.switches_max.is_some_and(|max| self.switches >= max);
        if is_spent && sessions.len() > 1 && sessions.first().copied() == last {
            sessions.truncate(1);
            self.is_bounded = true;
        }
        let schedule = &self.schedule.0;
        let has_cut = schedule.iter().any(|c| matches!(c, Choice::Cut(_)));
        let may_cut = rules.crash && !has_cut;
        let has_begun = |session: &usize| schedule.contains(&Choice::Step(*session));
        let cuts = sessions
            .iter()
            .filter(|s| may_cut && has_begun(s))
            .map(|&s| Choice::Cut(s));
        let steps = sessions.iter().map(|&session| Choice::Step(session));
        steps.chain(cuts).collect()
    }

    /// The session that moved last.
    fn last(&self) -> Option<usize> {
        self.schedule.0.last().map(|choice| choice.session())
    }

    /// Makes one choice, if it can be made.
    async fn go<A: Arena>(&mut self, arena: &mut A, choice: Choice) -> Result<(), StepError> {
        assert_can_move(arena.seats(), self.schedule.0.len(), choice)?;
        let could_go_on = |last: usize| last != choice.session() && is_parked(arena.seats(), last);
        self.switches += usize::from(self.last().is_some_and(could_go_on));
        arena.admit(choice, &mut self.events).await?;
        self.schedule.0.push(choice);
        Ok(())
    }

    async fn finish<A: Arena>(self, arena: &mut A) -> Result<Walked, StepError> {
        Ok(Walked {
            end: arena.end().await?,
            schedule: self.schedule,
            is_bounded: self.is_bounded,
        })
    }
}

/// Refuses to move a session that cannot.
pub(super) fn assert_can_move(
    seats: &[Seat],
    made: usize,
    choice: Choice,
) -> Result<(), StepError> {
    let why = match seats.get(choice.session()) {
        Some(Seat::Parked(_)) => return Ok(()),
        Some(Seat::Blocked) => "waits for another buyer's lock and cannot move",
        Some(Seat::Done) => "has nothing more to do",
        None => "does not exist",
    };
    Err(StepError::CannotMove {
        step: made + 1,
        session: letter(choice.session()),
        why,
        others: can_move(seats),
    })
}

fn is_parked(seats: &[Seat], session: usize) -> bool {
    matches!(seats[session], Seat::Parked(_))
}

/// The first of the sessions that can move.
pub(super) fn first_to_move(seats: &[Seat]) -> Option<usize> {
    (0..seats.len()).find(|&session| is_parked(seats, session))
}

/// The letters of the sessions that can move.
pub(super) fn can_move(seats: &[Seat]) -> Vec<char> {
    let parked = (0..seats.len()).filter(|&session| is_parked(seats, session));
    parked.map(letter).collect()
}

/// Runs one schedule at random: at each step every choice is as likely as any
/// other, as `random` draws; begun again, it is drawn anew.
///
/// # Errors
/// As [`walk`].
pub async fn walk_at_random<A: Arena, R: rand::Rng>(
    arena: &mut A,
    rules: Rules,
    random: impl Fn() -> R,
) -> Result<Walk, StepError> {
    let mut again = 0;
    loop {
        match try_at_random(arena, rules, random()).await {
            Err(error) if may_pass(&error) && again == AGAIN_MAX => {
                return Ok(Walk::skipped(again));
            }
            Err(error) if may_pass(&error) => again += 1,
            ended => return ended.map(|walked| Walk::of(Some(walked), again)),
        }
    }
}

async fn try_at_random<A: Arena>(
    arena: &mut A,
    rules: Rules,
    mut random: impl rand::Rng,
) -> Result<Walked, StepError> {
    use rand::seq::IndexedRandom as _;
    let mut progress = Progress::start(arena).await?;
    loop {
        let choices = progress.choices(arena, rules);
        match choices.choose(&mut random) {
            Some(&choice) => progress.go(arena, choice).await?,
            None => return progress.finish(arena).await,
        }
    }
}
