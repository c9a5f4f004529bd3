//! A service of the user's, as a program to the arena.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::application::{Application, RequestTold};
use super::threads::ThreadCensus;
use crate::explore::arena::StepError;
use crate::explore::http::HttpAnswer;
use crate::explore::schedule::letter;
use crate::oracle::raised;
use crate::service::{HttpChannel, HttpFailure, RunningService};
use crate::session::Error;
use crate::shop::{Cart, Conflict, Outcome};
use crate::subject::service::{ServiceValues, ServiceVisit, VisitEnd};

/// A process that closes its connections because it ends has ended within this.
const ENDS_WITHIN: Duration = Duration::from_millis(100);
/// Between two looks whether it has.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Answers that are there and were not taken yet.
type Heard = Arc<Mutex<Vec<HttpAnswer>>>;

/// A service that runs, and what is sent to it.
pub struct ServiceSettings {
    /// It answers requests by now.
    pub service: RunningService,
    /// The buyer of each session.
    pub carts: Vec<Cart>,
    /// How often a caller asks that is told to ask again.
    pub max_tries: u32,
}

/// A service whose process was started by this program. Each request goes over a connection
/// of its own.
pub struct ServiceProgram {
    service: RunningService,
    visits: Vec<ServiceVisit>,
    max_tries: u32,
    heard: Heard,
    answers: mpsc::UnboundedReceiver<(usize, RequestTold)>,
    answering: mpsc::UnboundedSender<(usize, RequestTold)>,
}

impl ServiceProgram {
    /// A service that is ready.
    #[must_use]
    pub fn new(settings: ServiceSettings) -> Self {
        let (answering, answers) = mpsc::unbounded_channel();
        let carts = settings.carts.iter();
        Self {
            visits: carts.map(|cart| settings.service.visit(cart)).collect(),
            service: settings.service,
            max_tries: settings.max_tries,
            heard: Heard::default(),
            answers,
            answering,
        }
    }

    fn lives(&mut self) -> Result<(), StepError> {
        match self.service.has_ended() {
            None => Ok(()),
            Some(trouble) => Err(StepError::Database(trouble.to_string())),
        }
    }
}

impl Application for ServiceProgram {
    fn request(&self, session: usize) -> String {
        self.visits[session].shown().to_owned()
    }

    fn send(&mut self, session: usize) -> Result<(), StepError> {
        self.lives()?;
        let caller = Caller {
            session,
            visit: self.visits[session].clone(),
            channel: self.service.patient_channel(),
            max_tries: self.max_tries,
            status: None,
            heard: Arc::clone(&self.heard),
        };
        let answering = self.answering.clone();
        tokio::spawn(async move {
            let told = caller.go().await;
            // The arena may be gone.
            let _ = answering.send((session, told));
        });
        Ok(())
    }

    async fn answered(&mut self) -> Result<(usize, RequestTold), StepError> {
        let answer = self.answers.recv().await;
        answer.ok_or_else(|| StepError::Database("no request can be answered any more".into()))
    }

    async fn still_runs(&mut self) -> Result<(), StepError> {
        let asked = Instant::now();
        while asked.elapsed() < ENDS_WITHIN {
            self.lives()?;
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    fn take_answers(&mut self) -> Vec<HttpAnswer> {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *heard)
    }

    fn is_at_rest(&mut self) -> impl Future<Output = Result<bool, StepError>> + Send + use<> {
        let lives = self.lives();
        let census = ThreadCensus::of(self.service.process_id());
        async move {
            lives?;
            // A process that has ended since is told by the next look.
            Ok(census.is_at_rest().await.unwrap_or(false))
        }
    }
}

/// One caller on its way.
struct Caller {
    session: usize,
    visit: ServiceVisit,
    channel: HttpChannel,
    max_tries: u32,
    /// Of the last reply.
    status: Option<u16>,
    heard: Heard,
}

impl Caller {
    async fn go(mut self) -> RequestTold {
        let (outcome, fault) = self.end().await;
        let session = u32::try_from(self.session).unwrap_or(u32::MAX);
        let raised = fault.and_then(|fault| {
            let code = match (&fault, self.status) {
                (Error::Service(_), Some(status)) => format!("status {status}"),
                _ => fault.code().to_owned(),
            };
            raised(session, outcome, &code, &fault.to_string())
        });
        RequestTold {
            outcome,
            raised,
            shown: shown(self.status, self.visit.values()),
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
            let request = self.visit.shown().to_owned();
            let reply = match self.channel.ask(&asked).await {
                Ok(reply) => reply,
                Err(HttpFailure::NotSent(why) | HttpFailure::NoReply(why)) => {
                    self.status = None;
                    self.hear(HttpAnswer::none(letter(self.session), request, &why));
                    return (Outcome::Failed, Some(Error::Service(why)));
                }
            };
            self.status = Some(reply.status);
            self.hear(HttpAnswer::of(letter(self.session), request, &reply));
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

    fn hear(&self, answer: HttpAnswer) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.push(answer);
    }
}

/// The status of the last answer, and each value that was taken of one.
fn shown(status: Option<u16>, values: &ServiceValues) -> Vec<(Arc<str>, Option<String>)> {
    let status = (Arc::from("status"), status.map(|status| status.to_string()));
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let values = values.iter();
    let values = values.map(|(name, value)| (Arc::from(name.as_str()), text(value)));
    std::iter::once(status).chain(values).collect()
}
