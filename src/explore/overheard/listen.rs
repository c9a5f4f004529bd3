//! A service that is overheard while one buyer sends its requests again and again.

use std::time::{Duration, Instant};

use super::talk::Talk;
use super::tap::Tap;
use crate::database::ServerError;
use crate::explore::arena::StepError;
use crate::explore::case::Case;
use crate::explore::http::HttpAnswer;
use crate::explore::worlds::proxied::{
    Application, ProxiedService, ServiceProgram, ServiceSettings,
};
use crate::explore::worlds::proxy::{Proxy, ProxySettings};
use crate::service::RunningService;
use crate::shop::{Cart, Outcome};

/// How often a buyer's requests are sent: the first time pools open their connections, and the
/// other two are compared.
const TIMES: usize = 3;

/// So long the service is listened to while no request is under way.
const SILENCE: Duration = Duration::from_millis(500);

/// A service that is not at rest after this, with nothing to do, has something of its own to do.
const REST_MAX: Duration = Duration::from_secs(5);

/// A request that is answered by nothing holds it up, and takes no longer.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// One time that the buyer's requests were sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverheardRequest {
    /// How many pieces had been heard when it was sent, and when the service was at rest again.
    pub pieces: (usize, usize),
    /// How many when it was answered: what comes behind that is of no request.
    pub answered_at: usize,
    /// What it was answered.
    pub answers: Vec<HttpAnswer>,
    /// How it ended for the buyer.
    pub told: Outcome,
}

/// What was overheard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overheard {
    /// All that was said, from the start of the service on.
    pub talk: Talk,
    /// How many pieces had been heard when the service was ready and at rest.
    pub ready_at: usize,
    /// The same at the end of the silence that followed.
    pub silent_until: usize,
    /// Each time that the requests were sent; the last one has left a transaction open where there
    /// are fewer than three.
    pub requests: Vec<OverheardRequest>,
    /// How many pieces had been heard at the end.
    pub ended_at: usize,
    /// Whether not all was kept.
    pub is_cut: bool,
}

/// A service that is overheard, and at rest.
pub struct Overhearing {
    program: ServiceProgram,
    tap: Tap,
    /// It refuses encryption, which nothing could be overheard of; it ends when it is dropped.
    _proxy: Proxy,
}

impl Overhearing {
    /// Starts a service for these buyers.
    ///
    /// # Errors
    /// It does not start; or the database failed.
    pub async fn start(
        service: ProxiedService<'_>,
        case: &Case,
        carts: Vec<Cart>,
    ) -> Result<Self, StepError> {
        let level = case.terms.cell.level;
        let suited = service.copy.suit_programs(level, 1_000).await;
        suited.map_err(failed)?;
        let settings = ProxySettings {
            server: service.server()?,
            port: 0,
            holding: None,
            keeps: None,
        };
        let no_port = |error| StepError::Database(format!("the proxy: {error}"));
        let proxy = Proxy::start_silent(settings).await.map_err(no_port)?;
        let tap = Tap::start(proxy.address()).await.map_err(no_port)?;
        let access = service.copy.access().through(tap.port());
        let running = RunningService::start(service.plan, &access, service.given).await;
        let running = running.map_err(|trouble| StepError::Database(trouble.to_string()))?;
        let mut program = ServiceProgram::new(ServiceSettings {
            service: running,
            carts,
            max_tries: case.terms.max_tries,
        });
        rest(&mut program).await?;
        Ok(Self {
            program,
            tap,
            _proxy: proxy,
        })
    }

    /// How many pieces have been heard.
    #[must_use]
    pub fn heard(&self) -> usize {
        self.tap.heard()
    }

    /// All that was said until now.
    #[must_use]
    pub fn talk(&self) -> Talk {
        Talk::read(&self.tap.pieces())
    }

    /// Whether not all was kept.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.tap.is_cut()
    }

    /// Sends the requests of one buyer, and waits until the service is at rest again.
    ///
    /// # Errors
    /// It does not answer, or has ended.
    pub async fn one_request(&mut self, session: usize) -> Result<OverheardRequest, StepError> {
        let from = self.tap.heard();
        self.program.send(session)?;
        let answered = tokio::time::timeout(ANSWER_MAX, self.program.answered()).await;
        let (_, told) = answered.map_err(|_| {
            let seconds = ANSWER_MAX.as_secs();
            StepError::Database(format!(
                "the service did not answer a request within {seconds} s"
            ))
        })??;
        let answered_at = self.tap.heard();
        rest(&mut self.program).await?;
        Ok(OverheardRequest {
            pieces: (from, self.tap.heard()),
            answered_at,
            answers: self.program.take_answers(),
            told: told.outcome,
        })
    }
}

/// Starts a service, and sends the requests of the case's first buyer.
///
/// # Errors
/// It does not start or does not answer; or the database failed.
pub async fn overhear(service: ProxiedService<'_>, case: &Case) -> Result<Overheard, StepError> {
    let mut overhearing = Overhearing::start(service, case, case.carts.clone()).await?;
    let ready_at = overhearing.heard();
    tokio::time::sleep(SILENCE).await;
    let silent_until = overhearing.heard();
    let mut ground = service.keep_start().await?;
    let mut requests = Vec::new();
    for _ in 0..TIMES {
        requests.push(overhearing.one_request(0).await?);
        let talk = overhearing.talk();
        if talk.connections.values().any(|it| it.is_in_transaction) {
            break;
        }
        ground.may_have_changed();
        ground.reset().await.map_err(failed)?;
    }
    tokio::time::sleep(SILENCE).await;
    let is_cut = overhearing.is_cut();
    let pieces = overhearing.tap.pieces();
    Ok(Overheard {
        talk: Talk::read(&pieces),
        ready_at,
        silent_until,
        requests,
        ended_at: pieces.len(),
        is_cut,
    })
}

/// Waits until the service does nothing, or does something of its own.
async fn rest(program: &mut ServiceProgram) -> Result<(), StepError> {
    let began = Instant::now();
    while began.elapsed() < REST_MAX {
        if program.is_at_rest().await? {
            break;
        }
    }
    Ok(())
}

fn failed(error: ServerError) -> StepError {
    StepError::Database(error.to_string())
}
