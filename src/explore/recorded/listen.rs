//! A service that is overheard while two buyers make each of its requests, one after the other.

use super::said::{SaidRequest, said};
use super::twice::TwiceSaid;
use crate::database::ServerError;
use crate::explore::advance::plan_sequences;
use crate::explore::arena::StepError;
use crate::explore::case::Case;
use crate::explore::checkup::named_level;
use crate::explore::overheard::{Exchange, OverheardRequest, Overhearing, Talk};
use crate::explore::worlds::proxied::ProxiedService;
use crate::scenario::ServicePlan;
use crate::shop::{Cart, CheckoutKey, Outcome};

/// Keys that are found again in what is said: no number of a small shop is like one of them.
const KEYS: [i64; 2] = [7_000_001, 7_000_013];

/// What was recorded.
#[derive(Debug, Clone)]
pub struct RecordedRequests {
    /// Each different request with its name, in the sequence in which callers make them.
    pub requests: Vec<(String, TwiceSaid)>,
    /// SQL that makes the tables as they were before the first request.
    pub set_up: String,
    /// The level that the program's connections ask for, where they ask for one.
    pub level: Option<&'static str>,
}

/// Starts a service, writes its tables down, and makes each different request of the case.
///
/// # Errors
/// It does not start or does not answer; a script cannot say what it does; or the database failed.
pub async fn record(
    service: ProxiedService<'_>,
    case: &Case,
) -> Result<RecordedRequests, StepError> {
    let pairs = pairs(case);
    let carts = pairs.iter().flat_map(|(_, pair)| pair.clone()).collect();
    let mut overhearing = Overhearing::start(service, case, carts).await?;
    let set_up = service.copy.dump().await.map_err(failed)?;
    let mut ground = service.keep_start().await?;
    // Pools open their connections, and drivers ask what they want to know.
    for session in 0..2 * pairs.len() {
        let _ = overhearing.one_request(session).await?;
        refuse_open(&overhearing.talk())?;
        ground.may_have_changed();
        ground.reset().await.map_err(failed)?;
    }
    let sequences = ground.sequences().await.map_err(failed)?;
    let plan = plan_sequences(&sequences);
    let mut requests = Vec::new();
    for (number, (name, pair)) in pairs.iter().enumerate() {
        let first = overhearing.one_request(2 * number).await?;
        ground.may_have_changed();
        ground.reset().await.map_err(failed)?;
        // What is equal all the same is no number of a sequence.
        ground
            .advance_sequences(&plan.steps)
            .await
            .map_err(failed)?;
        let second = overhearing.one_request(2 * number + 1).await?;
        ground.may_have_changed();
        ground.reset().await.map_err(failed)?;
        let talk = overhearing.talk();
        refuse_open(&talk)?;
        if overhearing.is_cut() || !talk.unread.is_empty() {
            let why = talk.unread.first().cloned();
            let why = why.unwrap_or_else(|| "more was said than is kept".into());
            return Err(unsayable(name, &why));
        }
        let twice = twice(service.plan, &talk, (&first, &second), pair);
        requests.push((name.clone(), twice.map_err(|why| unsayable(name, &why))?));
    }
    Ok(RecordedRequests {
        requests,
        set_up,
        level: level(&overhearing.talk()),
    })
}

/// Each different operation, with two buyers of it: the one of the case, and another one.
fn pairs(case: &Case) -> Vec<(String, [Cart; 2])> {
    let names = case.operations();
    let mut pairs: Vec<(u32, String, [Cart; 2])> = Vec::new();
    for (session, cart) in case.carts.iter().enumerate() {
        if pairs.iter().any(|(known, ..)| *known == cart.operation) {
            continue;
        }
        let is_other =
            |other: &&Cart| other.operation == cart.operation && other.buyer != cart.buyer;
        let other = case.carts.iter().find(is_other).cloned();
        let other = other.unwrap_or_else(|| Cart {
            buyer: cart.buyer + 1,
            ..cart.clone()
        });
        let mut pair = [cart.clone(), other];
        for (cart, key) in pair.iter_mut().zip(KEYS) {
            cart.key = CheckoutKey(key);
        }
        let name = names.get(session).cloned().unwrap_or_default();
        pairs.push((cart.operation, name, pair));
    }
    let named = pairs.into_iter();
    named.map(|(_, name, pair)| (name, pair)).collect()
}

fn twice(
    plan: &ServicePlan,
    talk: &Talk,
    both: (&OverheardRequest, &OverheardRequest),
    pair: &[Cart; 2],
) -> Result<TwiceSaid, String> {
    let background = plan.started().map(|it| it.background.as_slice());
    let background = background.unwrap_or_default();
    let read = |request: &OverheardRequest| -> Result<SaidRequest, String> {
        let of_it = talk.between(request.pieces.0, request.answered_at);
        let exchanges: Vec<Exchange> = of_it.cloned().collect();
        said(&exchanges, background)
    };
    let (first, second) = both;
    let answers = first.answers.iter().map(|answer| {
        let status = answer.status.map_or("nothing".into(), |it| it.to_string());
        format!("{} answered {status}", answer.request)
    });
    let shown = answers.collect::<Vec<String>>().join(", ");
    if matches!(first.told, Outcome::Failed | Outcome::Unknown) {
        let body = first.answers.last().map_or("", |answer| &answer.body);
        return Err(format!("its caller was told of a fault ({shown}): {body}"));
    }
    let texts = |of: &dyn Fn(&Cart) -> i64| (of(&pair[0]).to_string(), of(&pair[1]).to_string());
    let lines = pair[0].lines.iter();
    Ok(TwiceSaid {
        shown,
        first: read(first)?,
        second: read(second).ok().filter(|_| second.told == first.told),
        buyers: texts(&|cart| i64::from(cart.buyer) + 1),
        keys: texts(&|cart| cart.key.0),
        units: lines.map(|line| line.units.into()).collect(),
        told: first.told,
        opening: opening(talk),
    })
}

/// What connections begin with that says where the tables are.
fn opening(talk: &Talk) -> Vec<String> {
    let is_path = |text: &str| {
        let text = text.trim_start().to_ascii_lowercase();
        text.starts_with("set ") && text.contains("search_path")
    };
    let said = talk.exchanges.iter();
    let said = said.filter(|exchange| !exchange.is_in_transaction);
    let texts = said.map(|exchange| exchange.sql.trim_end_matches([';', ' ']));
    let last = texts.rev().find(|text| is_path(text));
    let parameters = talk.connections.values().flat_map(|it| &it.parameters);
    let mut of_start = parameters.filter_map(|(name, value)| match name.as_str() {
        "search_path" => Some(value.as_str()),
        "options" => Some(value.split_once("search_path=")?.1.split(' ').next()?),
        _ => None,
    });
    let of_start = of_start.next_back().map(|path| {
        let path = path.replace('\'', "''");
        format!("select set_config('search_path', '{path}', false)")
    });
    last.map(str::to_owned).or(of_start).into_iter().collect()
}

/// The level that connections ask for, each for itself.
fn level(talk: &Talk) -> Option<&'static str> {
    let parameters = talk.connections.values().flat_map(|it| &it.parameters);
    let at_start = parameters.filter_map(|(name, value)| named_level(&format!("{name} {value}")));
    let of_session = talk.exchanges.iter().filter(|exchange| {
        let is_of_session = exchange.sql.to_ascii_lowercase().contains("session");
        !exchange.is_in_transaction && exchange.verb() == "set" && is_of_session
    });
    let set = of_session.filter_map(|exchange| named_level(&exchange.sql));
    at_start.chain(set).last()
}

fn refuse_open(talk: &Talk) -> Result<(), StepError> {
    match talk.connections.values().any(|it| it.is_in_transaction) {
        false => Ok(()),
        true => Err(StepError::Refused(
            "a request was answered and has left a transaction open: commit it before the answer"
                .into(),
        )),
    }
}

fn unsayable(name: &str, why: &str) -> StepError {
    StepError::Refused(format!("{name} cannot be written as a script: {why}"))
}

fn failed(error: ServerError) -> StepError {
    StepError::Database(error.to_string())
}
