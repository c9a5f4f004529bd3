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
    /// What it was answered.
    pub answers: Vec<HttpAnswer>,
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

/// Starts a service, and sends the requests of the case's first buyer.
///
/// # Errors
/// It does not start or does not answer; or the database failed.
pub async fn overhear(service: ProxiedService<'_>, case: &Case) -> Result<Overheard, StepError> {
    let level = case.terms.cell.level;
    let suited = service.copy.suit_programs(level, 1_000).await;
    suited.map_err(failed)?;
    let settings = ProxySettings {
        server: service.server()?,
        port: 0,
        holding: None,
    };
    let no_port = |error| StepError::Database(format!("the proxy: {error}"));
    // It refuses encryption, which nothing could be overheard of.
    let proxy = Proxy::start_silent(settings).await.map_err(no_port)?;
    let tap = Tap::start(proxy.address()).await.map_err(no_port)?;
    let access = service.copy.access().through(tap.port());
    let running = RunningService::start(service.plan, &access, service.given).await;
    let running = running.map_err(|trouble| StepError::Database(trouble.to_string()))?;
    let mut program = ServiceProgram::new(ServiceSettings {
        service: running,
        carts: case.carts.clone(),
        max_tries: case.terms.max_tries,
    });
    rest(&mut program).await?;
    let ready_at = tap.heard();
    tokio::time::sleep(SILENCE).await;
    let silent_until = tap.heard();
    let mut ground = service.keep_start().await?;
    let mut requests = Vec::new();
    for _ in 0..TIMES {
        requests.push(one_request(&mut program, &tap).await?);
        let talk = Talk::read(&tap.pieces());
        if talk.connections.values().any(|it| it.is_in_transaction) {
            break;
        }
        ground.may_have_changed();
        ground.reset().await.map_err(failed)?;
    }
    tokio::time::sleep(SILENCE).await;
    let pieces = tap.pieces();
    Ok(Overheard {
        talk: Talk::read(&pieces),
        ready_at,
        silent_until,
        requests,
        ended_at: pieces.len(),
        is_cut: tap.is_cut(),
    })
}

async fn one_request(
    program: &mut ServiceProgram,
    tap: &Tap,
) -> Result<OverheardRequest, StepError> {
    let from = tap.heard();
    program.send(0)?;
    let answered = tokio::time::timeout(ANSWER_MAX, program.answered()).await;
    answered.map_err(|_| {
        let seconds = ANSWER_MAX.as_secs();
        StepError::Database(format!(
            "the service did not answer a request within {seconds} s"
        ))
    })??;
    rest(program).await?;
    Ok(OverheardRequest {
        pieces: (from, tap.heard()),
        answers: program.take_answers(),
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
