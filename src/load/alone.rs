//! The actors of a load once more, one after the other: what breaks there is no race's doing.

use super::floor::Floor;
use super::tables::LoadTables;
use crate::database::{Connection, ServerError};
use crate::effect::Kind;
use crate::flow::{InProcess, flow, step_raised, step_told};
use crate::oracle::{EffectSeen, StepTold, WithoutRace};
use crate::session::{Error, Result, Session};
use crate::shop::Outcome;
use crate::statement::{Reply, Statement};
use crate::subject::Client;

/// Lets the same actors come one after the other, on one connection and a fresh copy of the
/// tables, and answers what shows; `None` where the run is stopped meanwhile, or the
/// connection breaks.
///
/// # Errors
/// The server refuses or is gone.
pub(super) async fn one_after_the_other(
    tables: &mut LoadTables,
    floor: &Floor,
) -> std::result::Result<Option<WithoutRace>, ServerError> {
    tables.lay_out(floor.terms.cell, &floor.scenario).await?;
    let (shown, effects) = match tables.entry() {
        Some(entry) => {
            let one_by_one = one_by_one(entry.client(), floor, |_, _| {}).await;
            tables.stop_service().await;
            (one_by_one.map(|(shown, _)| shown), Vec::new())
        }
        None => {
            let connection = tables.connector().connect(floor.terms.cell).await?;
            let alone = Alone {
                connection,
                actor: 0,
                effects: Vec::new(),
            };
            let client = InProcess::new(floor.terms.cell, alone);
            let one_by_one = one_by_one(client, floor, |client, actor| {
                client.session.actor = actor;
            });
            match one_by_one.await {
                None => (None, Vec::new()),
                Some((shown, client)) => {
                    let Alone {
                        connection,
                        effects,
                        ..
                    } = client.session;
                    connection.close().await;
                    (Some(shown), effects)
                }
            }
        }
    };
    let Some((told, mut shown)) = shown else {
        return Ok(None);
    };
    let broken = tables.audit(&told, &effects).await?;
    shown.broken = broken.iter().map(|one| one.invariant.to_string()).collect();
    Ok(Some(shown))
}

/// What each actor was told, and the errors among that, with the client; `None` where the run is
/// stopped meanwhile, or the connection breaks. `enter` says which actor comes now.
async fn one_by_one<C: Client>(
    mut client: C,
    floor: &Floor,
    enter: impl Fn(&mut C, u32),
) -> Option<((Vec<StepTold>, WithoutRace), C)> {
    let (mut told, mut shown) = (Vec::new(), WithoutRace::default());
    for (actor, cart) in (0..).zip(&floor.carts) {
        if floor.stop.is_set() {
            return None;
        }
        enter(&mut client, actor);
        let ended = flow(&mut client, floor.terms.steps(), &floor.terms, cart).await;
        for (step, (checkout, memory)) in (0..).zip(&ended) {
            match (&checkout.fault, checkout.outcome) {
                (Some(Error::ConnectionLost(_)), _) => return None,
                (_, Outcome::NotStarted) => continue,
                _ => {}
            }
            let place = (actor, step);
            told.push(step_told(place, &floor.operations, cart, checkout, memory));
            let raised = step_raised(actor, checkout);
            shown.raised.extend(raised.map(|raised| raised.code));
        }
    }
    Some(((told, shown), client))
}

/// A connection on which nothing takes longer than the server does.
struct Alone {
    connection: Connection,
    /// The number of the buyer that comes now.
    actor: u32,
    effects: Vec<EffectSeen>,
}

impl Session for Alone {
    async fn execute(&mut self, statement: Statement) -> Result<Reply> {
        if let Some((name, value)) = statement.as_effect() {
            self.effects.push(EffectSeen {
                session: self.actor,
                name: name.clone(),
                value: value.clone(),
            });
            return Ok(Reply::Done);
        }
        match statement.effect().kind {
            Kind::Think => Ok(Reply::Done),
            _ => self.connection.execute(statement).await,
        }
    }
}
