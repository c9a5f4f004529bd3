//! A service of the user's, as a program to the arena.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::application::{Application, RequestTold};
use super::threads::ThreadCensus;
use crate::explore::arena::StepError;
use crate::oracle::raised;
use crate::service::{HttpChannel, HttpFailure, HttpLimits, ServiceOrigin, ServiceProcess};
use crate::session::Error;
use crate::shop::{Conflict, Outcome};
use crate::subject::service::{ServiceVisit, VisitEnd};

/// What a service is, and what is sent to it.
pub struct ServiceSettings {
    /// Its process, which answers requests by now.
    pub process: ServiceProcess,
    /// Where it is.
    pub origin: ServiceOrigin,
    /// What a reply may take.
    pub limits: HttpLimits,
    /// The way of each session through its requests, before the first one.
    pub visits: Vec<ServiceVisit>,
    /// How often a caller asks that is told to ask again.
    pub max_tries: u32,
}

/// A service whose process was started by this program. Each request goes over a connection
/// of its own.
pub struct ServiceProgram {
    service: ServiceSettings,
    answers: mpsc::UnboundedReceiver<(usize, RequestTold)>,
    answering: mpsc::UnboundedSender<(usize, RequestTold)>,
}

impl ServiceProgram {
    /// A service that is ready.
    #[must_use]
    pub fn new(service: ServiceSettings) -> Self {
        let (answering, answers) = mpsc::unbounded_channel();
        Self {
            service,
            answers,
            answering,
        }
    }

    fn lives(&mut self) -> Result<(), StepError> {
        match self.service.process.has_ended() {
            None => Ok(()),
            Some(trouble) => Err(StepError::Database(trouble.to_string())),
        }
    }
}

impl Application for ServiceProgram {
    fn request(&self, session: usize) -> String {
        self.service.visits[session].shown().to_owned()
    }

    fn send(&mut self, session: usize) -> Result<(), StepError> {
        self.lives()?;
        let caller = Caller {
            visit: self.service.visits[session].clone(),
            origin: self.service.origin.clone(),
            limits: self.service.limits,
            max_tries: self.service.max_tries,
            status: None,
        };
        let answering = self.answering.clone();
        tokio::spawn(async move {
            let told = caller.go(session).await;
            // The arena may be gone.
            let _ = answering.send((session, told));
        });
        Ok(())
    }

    async fn answered(&mut self) -> Result<(usize, RequestTold), StepError> {
        let answer = self.answers.recv().await;
        answer.ok_or_else(|| StepError::Database("no request can be answered any more".into()))
    }

    async fn is_at_rest(&mut self) -> Result<bool, StepError> {
        self.lives()?;
        let census = ThreadCensus::of(self.service.process.id());
        match census.is_at_rest().await {
            Ok(is_at_rest) => Ok(is_at_rest),
            Err(_) => self.lives().map(|()| false),
        }
    }
}

/// One caller on its way.
struct Caller {
    visit: ServiceVisit,
    origin: ServiceOrigin,
    limits: HttpLimits,
    max_tries: u32,
    /// Of the last reply.
    status: Option<u16>,
}

impl Caller {
    async fn go(mut self, session: usize) -> RequestTold {
        let (outcome, fault) = self.end().await;
        let session = u32::try_from(session).unwrap_or(u32::MAX);
        let raised = fault.and_then(|fault| {
            let code = match (&fault, self.status) {
                (Error::Service(_), Some(status)) => format!("status {status}"),
                _ => fault.code().to_owned(),
            };
            raised(session, outcome, &code, &fault.to_string())
        });
        let status = self.status.map(|status| status.to_string());
        RequestTold {
            outcome,
            raised,
            shown: vec![(Arc::from("status"), status)],
        }
    }

    /// Sends one request after the other.
    async fn end(&mut self) -> (Outcome, Option<Error>) {
        let mut tries = 1;
        loop {
            let asked = match self.visit.request() {
                Ok(Some(asked)) => asked,
                Ok(None) => return (Outcome::Sold, None),
                Err(why) => return (Outcome::Failed, Some(Error::Service(why))),
            };
            let mut channel = HttpChannel::to(self.origin.clone(), self.limits);
            let reply = match channel.ask(&asked).await {
                Ok(reply) => reply,
                Err(HttpFailure::NotSent(why) | HttpFailure::NoReply(why)) => {
                    self.status = None;
                    return (Outcome::Failed, Some(Error::Service(why)));
                }
            };
            self.status = Some(reply.status);
            match self.visit.take_in(&reply) {
                None => {}
                Some(VisitEnd::Done) => return (Outcome::Sold, None),
                Some(VisitEnd::Refused) => return (Outcome::SoldOut, None),
                Some(VisitEnd::Again) if tries < self.max_tries => tries += 1,
                Some(VisitEnd::Again) => {
                    let conflict = Conflict::StaleVersion.into();
                    return (Outcome::GaveUp, Some(conflict));
                }
                Some(VisitEnd::Failed(why)) => {
                    return (Outcome::Failed, Some(Error::Service(why)));
                }
            }
        }
    }
}
