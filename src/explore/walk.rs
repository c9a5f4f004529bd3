//! One schedule, from start to end.

use super::arena::{Arena, End, Seat, StepError};
use super::bounds::Rules;
use super::footprint::Footprint;
use super::schedule::{Choice, Schedule, letter};
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
    /// Choices that sleep at the end of the prefix: each has been tried there, or further
    /// up, and nothing since has touched what it touched.
    pub asleep: Vec<Sleeper>,
    /// Context switches by choice of the simplest schedule that begins so. Without choices
    /// that sleep, a walk from here has exactly so many.
    pub switches: usize,
}

/// A choice that has been tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sleeper {
    choice: Choice,
    /// What it touched when it was.
    footprint: Footprint,
}

/// A schedule that was run to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walked {
    /// The schedule.
    pub schedule: Schedule,
    /// What it left behind.
    pub end: End,
    /// Its context switches by choice, as [`Rules::switches_max`] counts them.
    pub switches: usize,
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
    /// At how many places choices were left out that cannot be told apart from others.
    pub alike: u64,
}

impl Walk {
    const fn of(ended: Option<Walked>, again: u32) -> Self {
        Self {
            ended,
            is_skipped: false,
            again,
            alike: 0,
        }
    }

    fn skipped(again: u32) -> Self {
        Self {
            is_skipped: true,
            ..Self::of(None, again)
        }
    }
}

/// Runs the job's prefix and goes on to the end, always with the first choice; the other
/// choices become jobs, one for each place where there are any: it is known by then what the
/// first choice touched.
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
        let (made, mut alike) = (jobs.len(), 0);
        match try_to_walk(arena, job, rules, jobs, &mut alike).await {
            Err(error) if may_pass(&error) => {
                if again == AGAIN_MAX {
                    keep_the_others(job, jobs, made);
                    return Ok(Walk::skipped(again));
                }
                jobs.truncate(made);
                again += 1;
            }
            ended => {
                return ended.map(|ended| Walk {
                    alike,
                    ..Walk::of(ended, again)
                });
            }
        }
    }
}

/// Of a walk that is given up, what else could be chosen at the end of its prefix is left to
/// others. Its own choice has not been tried to the end, and does not sleep.
fn keep_the_others(job: &Branch, jobs: &mut Vec<Branch>, made: usize) {
    let others = jobs.get(made).filter(|next| next.prefix == job.prefix);
    let kept = made + usize::from(others.is_some());
    jobs.truncate(kept);
    if let Some(tried) = jobs[made..]
        .first_mut()
        .and_then(|next| next.asleep.last_mut())
    {
        tried.footprint = Footprint::EVERYTHING;
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
        true => match progress.finish(arena).await {
            Err(error) if may_pass(&error) => Ok(None),
            walked => walked.map(Some),
        },
        false => Ok(None),
    }
}

/// Whether the same again may well go another way.
const fn may_pass(error: &StepError) -> bool {
    error.is_of_the_server() || matches!(error, StepError::CannotMove { .. })
}

async fn try_to_walk<A: Arena>(
    arena: &mut A,
    job: &Branch,
    rules: Rules,
    jobs: &mut Vec<Branch>,
    alike: &mut u64,
) -> Result<Option<Walked>, StepError> {
    let mut progress = Progress::start(arena).await?;
    for &choice in &job.prefix {
        progress.go(arena, choice).await?;
    }
    let mut asleep = job.asleep.clone();
    loop {
        let choices = progress.choices(arena, rules);
        let is_awake = |choice: &&Choice| !asleep.iter().any(|other| other.choice == **choice);
        let mut awake = choices.iter().filter(is_awake);
        let Some(&choice) = awake.next() else {
            // Where nothing can move, the schedule is over; where all that can
            // move sleeps, it has been run elsewhere.
            return match choices.is_empty() {
                true => progress.finish(arena).await.map(Some),
                false => Ok(None),
            };
        };
        let next = awake.next().copied();
        let has_others = next.is_some();
        let mut tried = Sleeper {
            choice,
            footprint: Footprint::EVERYTHING,
        };
        if let Some(next) = next {
            jobs.push(Branch {
                prefix: progress.schedule.0.clone(),
                asleep: asleep.iter().chain([&tried]).copied().collect(),
                switches: progress.switches_with(arena.seats(), next),
            });
        }
        if !rules.reduce {
            asleep.clear();
            progress.go(arena, choice).await?;
            continue;
        }
        if has_others || !asleep.is_empty() {
            let others_wait = arena.seats().contains(&Seat::Blocked);
            tried.footprint = progress.go_and_look(arena, choice).await?;
            asleep.retain(|other| {
                let other = &other.footprint;
                tried.footprint.is_independent(other, others_wait)
            });
            *alike += u64::from(!asleep.is_empty());
        } else {
            progress.go(arena, choice).await?;
        }
        if has_others {
            *alike += u64::from(!note_others(jobs, tried, rules));
        }
    }
}

/// Notes what the choice has touched that was tried first, in the job of the others. Where it
/// is nothing, they need not be tried, and are not: whatever they do, they do after it all the
/// same.
fn note_others(jobs: &mut Vec<Branch>, tried: Sleeper, rules: Rules) -> bool {
    // A cut of the same session would come before it, not after.
    let are_left = tried.footprint != Footprint::default() || rules.crash;
    if !are_left {
        jobs.pop();
    } else if let Some(last) = jobs.last_mut().and_then(|job| job.asleep.last_mut()) {
        *last = tried;
    }
    are_left
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

    /// What can be chosen now, what needs no context switch by choice first: the walk that
    /// takes the first choice has the fewest of all.
    fn choices<A: Arena>(&mut self, arena: &A, rules: Rules) -> Vec<Choice> {
        let seats = arena.seats();
        let last = self.last().filter(|last| is_parked(seats, *last));
        let mut others = (0..seats.len())
            .filter(|session| is_parked(seats, *session) && Some(*session) != last)
            .peekable();
        let is_spent = rules.switches_max.is_some_and(|max| self.switches >= max);
        let is_bound = is_spent && last.is_some() && others.peek().is_some();
        self.is_bounded |= is_bound;
        let schedule = &self.schedule.0;
        let may_cut = rules.crash && !schedule.iter().any(|choice| choice.is_fault());
        let has_begun = |session: &usize| schedule.contains(&Choice::Step(*session));
        let of = |session: usize| {
            let may_fail = may_cut && has_begun(&session);
            Choice::of(session, may_fail, arena.may_lose_reply(session))
        };
        let others = others.filter(|_| !is_bound);
        last.into_iter().chain(others).flat_map(of).collect()
    }

    /// The session that moved last.
    fn last(&self) -> Option<usize> {
        self.schedule.0.last().map(|choice| choice.session())
    }

    /// Counts a choice that is about to be made, if it can be made.
    fn note(&mut self, seats: &[Seat], choice: Choice) -> Result<(), StepError> {
        assert_can_move(seats, self.schedule.0.len(), choice)?;
        self.switches = self.switches_with(seats, choice);
        Ok(())
    }

    /// How many context switches by choice there are with this one.
    fn switches_with(&self, seats: &[Seat], choice: Choice) -> usize {
        let could_go_on = |last: usize| last != choice.session() && is_parked(seats, last);
        self.switches + usize::from(self.last().is_some_and(could_go_on))
    }

    /// Makes one choice, if it can be made.
    async fn go<A: Arena>(&mut self, arena: &mut A, choice: Choice) -> Result<(), StepError> {
        self.note(arena.seats(), choice)?;
        arena.admit(choice, &mut self.events).await?;
        self.schedule.0.push(choice);
        Ok(())
    }

    /// The same, and says what the step touched.
    async fn go_and_look<A: Arena>(
        &mut self,
        arena: &mut A,
        choice: Choice,
    ) -> Result<Footprint, StepError> {
        self.note(arena.seats(), choice)?;
        let footprint = arena.admit_and_look(choice, &mut self.events).await?;
        self.schedule.0.push(choice);
        Ok(footprint)
    }

    async fn finish<A: Arena>(self, arena: &mut A) -> Result<Walked, StepError> {
        Ok(Walked {
            end: arena.end().await?,
            schedule: self.schedule,
            switches: self.switches,
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
        Some(Seat::Parked) => return Ok(()),
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
    seats[session] == Seat::Parked
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
