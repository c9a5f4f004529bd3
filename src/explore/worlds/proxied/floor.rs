//! The requests side by side: what the proxy and the program tell of them, taken in one by
//! one. Nothing here waits.

use super::application::RequestTold;
use super::background::Background;
use super::causes::{UnclearCause, causes};
use super::meter::TimePart;
use super::owners::Owners;
use super::passing::Passing;
use super::sameness::Doings;
use super::turns::Turns;
use super::unclear::{ONE_AFTER_THE_OTHER, several, side_by_side, side_by_side_of_several};
use super::whereabouts::Whereabouts;
use super::words;
use super::writes::Writes;
use crate::database::wire::TransactionStatus;
use crate::event::Event;
use crate::explore::schedule::letter;
use crate::explore::unfollowed::Unfollowed;
use crate::explore::worlds::proxy::{
    ConnectionId, ProxyEvent, ProxyStep, StepAnswer, StepId, StepKind,
};
use crate::session;
use crate::statement::Reply;

/// What to try where a message cannot be held.
const NOT_HELD: &str = "let the program send its statements one by one";

/// What becomes of a statement that no request has sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Strays {
    /// It goes, and is known from now on.
    Learnt,
    /// It goes if it is known; otherwise nothing can be followed.
    #[default]
    Refused,
    /// Whatever parks goes: a schedule that was given up comes to its end.
    AllGo,
}

/// What all requests are doing.
#[derive(Debug, Default)]
pub(super) struct ProgramFloor {
    pub(super) at: Vec<Whereabouts>,
    /// What each caller was told.
    pub(super) told: Vec<Option<RequestTold>>,
    /// Requests that took several rows with one statement.
    pub(super) took_several: Vec<bool>,
    writes: Vec<Writes>,
    pub(super) owners: Owners,
    /// The step of each request that is with the server.
    under_way: Vec<Option<ProxyStep>>,
    /// Steps of which it is not known yet which request they are of.
    unclear: Vec<ProxyStep>,
    pub(super) background: Background,
    pub(super) strays: Strays,
    /// Why a connection of the program was not opened, if none was since.
    pub(super) refused: Option<String>,
    pub(super) passing: Passing,
    pub(super) turns: Turns,
    /// Whether any transaction was undone, or a part of one, since that was asked last.
    is_undone: bool,
}

impl ProgramFloor {
    /// Everything before the first request of a schedule, of so many of which these come.
    pub(super) fn clear(&mut self, sessions: usize, invited: &[usize]) {
        let seat = |session| match invited.contains(&session) {
            true => Whereabouts::Outside,
            false => Whereabouts::Away,
        };
        self.at = (0..sessions).map(seat).collect();
        self.told = vec![None; sessions];
        self.took_several = vec![false; sessions];
        self.writes = vec![Writes::default(); sessions];
        self.under_way = vec![None; sessions];
        self.owners.forget_users();
        self.background.begin();
        self.refused = None;
        self.turns.take();
    }

    /// Whether anything was undone, which leaves dead rows behind; from now on it counts anew.
    pub(super) fn take_undone(&mut self) -> bool {
        std::mem::take(&mut self.is_undone)
    }

    /// Whether each request has committed a change of a row.
    pub(super) fn wrote(&self) -> impl Iterator<Item = bool> + '_ {
        self.writes.iter().map(|writes| writes.are_committed)
    }

    /// The requests for which the program may be working.
    pub(super) fn in_program(&self) -> Vec<usize> {
        self.every(Whereabouts::is_in_program)
    }

    /// What takes the time until something is heard.
    pub(super) fn under_way(&self) -> TimePart {
        match self.in_program().is_empty() {
            true => TimePart::Server,
            false => TimePart::Program,
        }
    }

    /// The requests of which a step is with the server.
    pub(super) fn asking(&self) -> Vec<usize> {
        self.every(|at| at.asked().is_some())
    }

    pub(super) fn every(&self, is: impl Fn(&Whereabouts) -> bool) -> Vec<usize> {
        (0..self.at.len())
            .filter(|&one| is(&self.at[one]))
            .collect()
    }

    /// The server process of a request's step.
    pub(super) fn pid(&self, session: usize) -> Option<i32> {
        let step = self.at[session].asked()?;
        Some(self.owners.pid(step.connection))
    }

    pub(super) fn doings(&self) -> Doings {
        self.at.iter().map(words::doing).collect()
    }

    /// A step of a request goes to the server.
    pub(super) fn goes(&mut self, session: usize, step: ProxyStep) {
        self.owners.take(step.id.connection, session);
        self.at[session] = Whereabouts::Asking(step.id);
        self.under_way[session] = Some(step);
    }

    /// What was at rest may go on, since another request has.
    pub(super) fn wake(&mut self) {
        for session in self.every(|at| *at == Whereabouts::Resting) {
            self.at[session] = Whereabouts::Working;
            self.turns.wakes(session);
        }
    }

    /// Takes in what the proxy tells.
    ///
    /// # Errors
    /// It cannot be followed.
    pub(super) fn hear(
        &mut self,
        event: ProxyEvent,
        events: &mut Vec<Event>,
    ) -> Result<(), Unfollowed> {
        match event {
            ProxyEvent::Opened {
                connection, pid, ..
            } => {
                self.owners.opened(connection, pid);
                self.refused = None;
            }
            ProxyEvent::Refused(_, reason) => return self.refused(reason),
            ProxyEvent::Parked(step) => return self.parked(step),
            ProxyEvent::Answered(id, answer) => self.answered(id, &answer, events),
            ProxyEvent::Closed(connection, reason) => self.closed(connection, reason, events),
            ProxyEvent::Unsupported(_, reason) => return Err(Unfollowed::new(reason, NOT_HELD)),
            ProxyEvent::Passed(_) | ProxyEvent::Left(_) => {}
        }
        Ok(())
    }

    fn parked(&mut self, step: ProxyStep) -> Result<(), Unfollowed> {
        if self.strays == Strays::AllGo {
            // The commit of a named statement may come when others no longer go.
            if self.owners.owner(step.id.connection).is_none() {
                self.background.is_named(&step);
            }
            self.passing.add(&step);
            return Ok(());
        }
        if let Some(session) = self.owners.owner(step.id.connection) {
            return self.park(session, step);
        }
        if self.background.is_named(&step) {
            self.passing.add(&step);
            return Ok(());
        }
        if !self.in_program().is_empty() {
            self.unclear.push(step);
            return Ok(());
        }
        let doing = words::doing(&Whereabouts::Parked(step.clone()));
        if self.strays == Strays::Learnt {
            self.background.learn(&doing);
        }
        match self.background.comes_again(&doing) {
            // Before the first request a program may have a lot to do: there it is given time.
            Ok(true) => {}
            Err(_) if self.strays == Strays::Learnt => {}
            Ok(false) => return Err(self.stray(&doing)),
            Err(timer) => return Err(timer),
        }
        self.passing.add(&step);
        Ok(())
    }

    /// A statement that is of no request; or of one that has a statement under way already.
    fn stray(&self, doing: &str) -> Unfollowed {
        let with_step = |at: &Whereabouts| matches!(at, Whereabouts::Parked(_));
        let sent = self.every(|at| with_step(at) || at.asked().is_some());
        match sent.as_slice() {
            [] => Unfollowed::new(
                format!(
                    "the program {doing} while no request was under way: it does something in \
                     the background, or goes on with a request after its answer"
                ),
                "switch off what runs on a timer, or name how it begins: background = [\"SELECT\"] \
                 in [service]; and let the answer come last",
            ),
            sent => Unfollowed::new(
                format!(
                    "the program {doing} while {} had a statement under way already: it sends \
                     statements of one request side by side, or does something in the background",
                    self.named(sent)
                ),
                ONE_AFTER_THE_OTHER,
            ),
        }
    }

    /// Requests, each with the statement that it has sent.
    fn named(&self, sessions: &[usize]) -> String {
        let named = |&session: &usize| {
            let sent = match &self.at[session] {
                Whereabouts::Parked(step) => Some(step),
                _ => self.under_way[session].as_ref(),
            };
            let sent = sent.map(|step| words::doing(&Whereabouts::Parked(step.clone())));
            let sent = sent.map(|doing| format!(", which {doing},"));
            format!("{}{}", letter(session), sent.unwrap_or_default())
        };
        let named: Vec<String> = sessions.iter().map(named).collect();
        named.join(" and ")
    }

    fn park(&mut self, session: usize, step: ProxyStep) -> Result<(), Unfollowed> {
        if matches!(
            self.at[session],
            Whereabouts::Parked(_) | Whereabouts::Asking(_) | Whereabouts::Waiting(..)
        ) {
            return Err(side_by_side(session));
        }
        if self.passing.is_of_preparing(&step) {
            self.passing.add(&step);
            self.goes(session, step);
            return Ok(());
        }
        // Every statement outside a transaction has a commit.
        let is_commit = step.kind == StepKind::Commit;
        self.at[session] = Whereabouts::Parked(step);
        match is_commit {
            true => Ok(()),
            false => {
                let doing = words::doing(&self.at[session]);
                self.background.note_of_request(&doing)
            }
        }
    }

    fn answered(&mut self, id: StepId, answer: &StepAnswer, events: &mut Vec<Event>) {
        let passes = self.passing.answered(id);
        self.is_undone |= answer.error.is_some() || words::rolls_back(answer);
        if answer.status == Some(TransactionStatus::Idle) && !answer.is_commit_due {
            self.owners.free(id.connection);
        }
        let asking = |at: &Whereabouts| at.asked() == Some(id);
        let Some(session) = self.at.iter().position(asking) else {
            return;
        };
        let step = self.under_way[session].take();
        let step = step.expect("it is under way");
        self.took_several[session] |= words::took_several(&step, answer);
        self.writes[session].note(&step, answer);
        let reply = words::reply(&step, answer);
        if !passes {
            events.push(Event::Replied { session, reply });
        }
        self.goes_on(session);
    }

    /// A step was answered: unless the caller was too, the program goes on.
    fn goes_on(&mut self, session: usize) {
        let is_over = self.told[session].is_some() && !self.owners.is_with(session);
        self.at[session] = match is_over {
            true => Whereabouts::Over,
            false => Whereabouts::Working,
        };
        self.turns.goes_on(session);
        self.wake();
    }

    /// A connection is gone, and with it a step that was under way.
    fn closed(
        &mut self,
        connection: ConnectionId,
        reason: Option<String>,
        events: &mut Vec<Event>,
    ) {
        self.is_undone |= reason.is_some() || self.owners.owner(connection).is_some();
        self.owners.closed(connection);
        self.passing.closed(connection);
        let asks = |at: &Whereabouts| at.asked().is_some_and(|id| id.connection == connection);
        if let Some(session) = self.at.iter().position(asks) {
            self.under_way[session] = None;
            let reply = match reason {
                None => Ok(Reply::Done),
                Some(reason) => Err(session::Error::ConnectionLost(reason)),
            };
            events.push(Event::Replied { session, reply });
            self.goes_on(session);
        }
        for session in 0..self.at.len() {
            let is_told = self.told[session].is_some() && !self.owners.is_with(session);
            if is_told && self.at[session].is_in_program() {
                self.at[session] = Whereabouts::Over;
            }
        }
    }

    /// The caller of a request was told this.
    ///
    /// # Errors
    /// It failed, and the program has got no connection.
    pub(super) fn hear_answer(
        &mut self,
        session: usize,
        told: RequestTold,
    ) -> Result<(), Unfollowed> {
        self.told[session] = Some(told);
        if self.at[session].is_in_program() {
            self.goes_on(session);
        }
        self.check_connected()
    }

    /// Finds which request each step is of, where that is clear: all that go on have sent
    /// something, or the program `is_at_rest`.
    ///
    /// # Errors
    /// It is not clear then.
    pub(super) fn assign(&mut self, is_at_rest: bool) -> Result<(), Unfollowed> {
        let sessions = self.in_program();
        if sessions.is_empty() {
            // Each request was answered since: they are of none.
            let mut unclear = std::mem::take(&mut self.unclear).into_iter();
            return unclear.try_for_each(|step| self.parked(step));
        }
        let are_all = self.unclear.len() >= sessions.len();
        if self.unclear.is_empty() || !(are_all || is_at_rest) {
            return Ok(());
        }
        let users: Vec<Option<usize>> = self
            .unclear
            .iter()
            .map(|step| self.owners.last_user(step.id.connection))
            .collect();
        let found = causes(&users, &sessions).map_err(|unclear| match unclear {
            UnclearCause::SideBySide if sessions.len() == 1 => side_by_side(sessions[0]),
            UnclearCause::SideBySide => side_by_side_of_several(&sessions),
            UnclearCause::Several => several(&sessions),
        })?;
        for (step, session) in std::mem::take(&mut self.unclear).into_iter().zip(found) {
            self.turns.sends_on_a_free_connection();
            self.park(session, step)?;
        }
        Ok(())
    }

    /// From now on all that stands before the server goes, to bring a schedule that was given
    /// up to its end.
    pub(super) fn give_up(&mut self) {
        self.strays = Strays::AllGo;
        for step in self.unclear.drain(..) {
            self.passing.add(&step);
        }
        for session in 0..self.at.len() {
            if let Whereabouts::Parked(step) = self.at[session].clone() {
                self.passing.add(&step);
                self.goes(session, step);
            }
        }
    }

    /// Whether each request that was sent is answered, and none holds anything.
    pub(super) fn is_over(&self) -> bool {
        let was_sent = |at: &Whereabouts| !matches!(at, Whereabouts::Away | Whereabouts::Outside);
        let both = self.at.iter().zip(&self.told);
        let mut sent = both.filter(|(at, _)| was_sent(at));
        self.owners.are_free() && sent.all(|(_, told)| told.is_some())
    }
}
