//! The time until all is quiet.

use std::future::{Future, ready};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::application::{Application, RequestTold};
use super::floor::ProgramFloor;
use super::meter::{Meter, TimePart};
use super::whereabouts::Whereabouts;
use crate::event::Event;
use crate::explore::arena::StepError;
use crate::explore::schedule::letter;
use crate::explore::unfollowed::Unfollowed;
use crate::explore::worlds::engine::{Site, has_circle};
use crate::explore::worlds::proxy::{Proxy, ProxyEvent};

/// Within this a program that was answered has sent its next statement, or its own answer;
/// where it has not, it is looked at.
pub(super) const SOON: Duration = Duration::from_millis(2);

/// A program that sleeps before it tries again wakes up within this, where no other request
/// is left.
const SLEEPS_MAX: Duration = Duration::from_secs(10);

/// A program that is not quiet after this never is.
pub(super) const RESTLESS_MAX: Duration = Duration::from_secs(30);

/// What stands behind the requests.
pub(super) struct Behind<A> {
    pub(super) application: A,
    pub(super) proxy: Proxy,
    pub(super) events: mpsc::Receiver<ProxyEvent>,
    pub(super) site: Site,
    pub(super) meter: Meter,
}

enum News {
    Of(ProxyEvent),
    Answer(usize, RequestTold),
}

impl<A: Application> Behind<A> {
    /// Waits until every request is parked, answered, or waits for another one.
    pub(super) async fn settle(
        &mut self,
        floor: &mut ProgramFloor,
        events: &mut Vec<Event>,
    ) -> Result<(), StepError> {
        let began = Instant::now();
        let mut before = None;
        loop {
            if began.elapsed() > RESTLESS_MAX {
                return Err(restless(floor));
            }
            self.take_in(floor, events).await?;
            floor.assign(false).map_err(StepError::Unfollowed)?;
            floor.passing.go(&self.proxy);
            if is_any(floor, &Whereabouts::Working) {
                if self.hears_within(SOON, floor, events).await?
                    || !self.rests(floor, events).await?
                {
                    before = None;
                    continue;
                }
            } else if is_any_fresh(floor) && self.hears_within(SOON, floor, events).await? {
                continue;
            }
            let waits = self.waits(floor).await?;
            let Some(waits) = waits.filter(|_| !is_any(floor, &Whereabouts::Working)) else {
                before = None;
                self.hears_within(SOON, floor, events).await?;
                continue;
            };
            // The same twice: the server looks at one process after the other.
            if waits.len() > 1 && before.as_ref() != Some(&waits) {
                before = Some(waits);
                continue;
            }
            note_waits(waits, floor, events);
            if is_stuck(floor) {
                if self.hears_within(SLEEPS_MAX, floor, events).await? {
                    continue;
                }
                return Err(stuck(floor));
            }
            return Ok(());
        }
    }

    /// Whether the program is at rest, so that nothing comes of the requests that it works
    /// for until another one goes on.
    async fn rests(
        &mut self,
        floor: &mut ProgramFloor,
        events: &mut Vec<Event>,
    ) -> Result<bool, StepError> {
        let before = self.proxy.at_rest();
        if before.is_none() || !self.looks(floor, events).await? {
            // It may be the proxy alone that is not at rest.
            self.hears_within(SOON, floor, events).await?;
            return Ok(false);
        }
        // What it sent last may still be on its way.
        if self.hears_within(SOON, floor, events).await? || self.proxy.at_rest() != before {
            return Ok(false);
        }
        floor.assign(true).map_err(StepError::Unfollowed)?;
        floor.passing.go(&self.proxy);
        for session in floor.every(|at| *at == Whereabouts::Working) {
            if floor.told[session].is_some() {
                return Err(left_open(session));
            }
            floor.at[session] = Whereabouts::Resting;
        }
        Ok(true)
    }

    /// For each request whose step is with the server, the requests that it waits for; `None`
    /// where one of them does not wait, or all do in a circle, which the server is about to
    /// break.
    async fn waits(&mut self, floor: &ProgramFloor) -> Result<Option<Waits>, StepError> {
        let asking = floor.asking();
        let pids: Vec<i32> = asking.iter().filter_map(|&s| floor.pid(s)).collect();
        if pids.is_empty() {
            return Ok(Some(Waits::new()));
        }
        let asked = Instant::now();
        let blockers = self.site.blockers(&pids).await;
        self.meter.note(TimePart::Looks, asked);
        let blockers = blockers.map_err(|error| StepError::Database(error.to_string()))?;
        let mut waits = Waits::new();
        for (pid, by) in blockers {
            let mut by: Vec<usize> = by
                .into_iter()
                .filter_map(|pid| floor.owners.of_pid(pid))
                .collect();
            by.sort_unstable();
            if let (Some(session), false) = (floor.owners.of_pid(pid), by.is_empty()) {
                waits.push((session, by));
            }
        }
        let all_wait = waits.len() == asking.len() && !has_circle(&waits);
        Ok(all_wait.then_some(waits))
    }

    /// Takes in all that has come.
    pub(super) async fn take_in(
        &mut self,
        floor: &mut ProgramFloor,
        events: &mut Vec<Event>,
    ) -> Result<(), StepError> {
        loop {
            let news = tokio::select! {
                biased;
                event = self.events.recv() => News::Of(event.ok_or_else(proxy_is_gone)?),
                answer = self.application.answered() => {
                    let (session, told) = answer?;
                    News::Answer(session, told)
                }
                () = ready(()) => return Ok(()),
            };
            hear(news, floor, events)?;
        }
    }

    /// Waits for news so long; answers whether any came.
    pub(super) async fn hears_within(
        &mut self,
        time: Duration,
        floor: &mut ProgramFloor,
        events: &mut Vec<Event>,
    ) -> Result<bool, StepError> {
        let until = self.hears_before(tokio::time::sleep(time), floor, events);
        Ok(until.await?.is_none())
    }

    /// Waits for news until this is done, and drops it then; answers what it came to, if it was
    /// done first.
    async fn hears_before<T>(
        &mut self,
        other: impl Future<Output = T>,
        floor: &mut ProgramFloor,
        events: &mut Vec<Event>,
    ) -> Result<Option<T>, StepError> {
        let (since, part) = (Instant::now(), floor.under_way());
        let heard = tokio::select! {
            biased;
            event = self.events.recv() => Ok(News::Of(event.ok_or_else(proxy_is_gone)?)),
            answer = self.application.answered() => {
                let (session, told) = answer?;
                Ok(News::Answer(session, told))
            }
            done = other => Err(done),
        };
        self.meter.note(part, since);
        match heard {
            Ok(news) => hear(news, floor, events).map(|()| None),
            Err(done) => Ok(Some(done)),
        }
    }

    /// Whether the program is at rest, unless news come first.
    pub(super) async fn looks(
        &mut self,
        floor: &mut ProgramFloor,
        events: &mut Vec<Event>,
    ) -> Result<bool, StepError> {
        let look = self.application.is_at_rest();
        let looked = self.hears_before(look, floor, events).await?;
        looked.unwrap_or(Ok(false))
    }

    /// Lets all go until every request is answered, and holds nothing.
    pub(super) async fn finish(&mut self, floor: &mut ProgramFloor) -> Result<(), StepError> {
        let began = Instant::now();
        floor.give_up();
        let mut unheard = Vec::new();
        loop {
            self.take_in(floor, &mut unheard).await?;
            floor.passing.go(&self.proxy);
            if floor.is_over() {
                return Ok(());
            }
            if began.elapsed() > RESTLESS_MAX {
                return Err(restless(floor));
            }
            self.hears_within(SOON, floor, &mut unheard).await?;
        }
    }
}

/// Each with those that it waits for.
type Waits = Vec<(usize, Vec<usize>)>;

fn hear(news: News, floor: &mut ProgramFloor, events: &mut Vec<Event>) -> Result<(), StepError> {
    match news {
        News::Of(event) => floor.hear(event, events).map_err(StepError::Unfollowed),
        News::Answer(session, told) => {
            let heard = floor.hear_answer(session, told);
            heard.map_err(StepError::Unfollowed)
        }
    }
}

/// Tells which requests wait, where that is news.
fn note_waits(waits: Waits, floor: &mut ProgramFloor, events: &mut Vec<Event>) {
    for (session, by) in waits {
        let Some(step) = floor.at[session].asked() else {
            continue;
        };
        let now = Whereabouts::Waiting(step, by.clone());
        if floor.at[session] != now {
            floor.at[session] = now;
            events.push(Event::Blocked { session, by });
        }
    }
}

/// Whether a step was sent of which it is not known that it waits.
fn is_any_fresh(floor: &ProgramFloor) -> bool {
    let mut all = floor.at.iter();
    all.any(|at| matches!(at, Whereabouts::Asking(_)))
}

fn is_any(floor: &ProgramFloor, at: &Whereabouts) -> bool {
    floor.at.contains(at)
}

/// Whether nothing but time can move any of the requests that were sent and are not over. One that
/// was not sent yet is nothing that they wait for.
fn is_stuck(floor: &ProgramFloor) -> bool {
    let is_parked = |at: &Whereabouts| matches!(at, Whereabouts::Parked(_));
    floor.every(is_parked).is_empty() && !under_way(floor).is_empty()
}

fn under_way(floor: &ProgramFloor) -> Vec<usize> {
    let was_not_sent = |at: &Whereabouts| matches!(at, Whereabouts::Away | Whereabouts::Outside);
    floor.every(|at| !was_not_sent(at) && *at != Whereabouts::Over)
}

fn left_open(session: usize) -> StepError {
    StepError::Unfollowed(Unfollowed::new(
        format!(
            "request {} was answered, and has left a transaction open on its connection",
            letter(session)
        ),
        "commit it or roll it back before the answer",
    ))
}

fn stuck(floor: &ProgramFloor) -> StepError {
    let left = under_way(floor);
    let letters: String = left.iter().copied().map(letter).collect();
    let seconds = SLEEPS_MAX.as_secs();
    StepError::Unfollowed(match left.len() {
        1 => Unfollowed::new(
            format!(
                "request {letters} neither sent a statement nor was answered for {seconds} s, with \
                 no other request under way: it hangs, or sleeps"
            ),
            "look for a call elsewhere, a lock or a sleep in the program",
        ),
        _ => Unfollowed::new(
            format!(
                "no request can go on, and {letters} is not answered for {seconds} s: requests wait \
                 for each other in the program, or hang"
            ),
            "look for a pool with fewer connections than a request needs",
        ),
    })
}

pub(super) fn restless(floor: &ProgramFloor) -> StepError {
    let doings = floor.doings().join("; ");
    StepError::Unfollowed(Unfollowed::new(
        format!(
            "the program does not come to rest within {} s ({doings})",
            RESTLESS_MAX.as_secs()
        ),
        "look for a loop that waits by asking again and again",
    ))
}

fn proxy_is_gone() -> StepError {
    StepError::Database("the proxy has ended".into())
}
