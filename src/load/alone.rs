//! The actors of a load once more, one after the other: what breaks there is no race's doing.

use super::floor::Floor;
use super::tables::LoadTables;
use crate::database::{Connection, ServerError};
use crate::effect::Kind;
use crate::flow::{InProcess, flow, step_raised, step_told};
use crate::oracle::{EffectSeen, WithoutRace};
use crate::session::{Error, Result, Session};
use crate::shop::Outcome;
use crate::statement::{Reply, Statement};
use crate::subject;

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
    tables.lay_out().await?;
    let connection = tables.connector().connect(floor.terms.cell).await?;
    let alone = Alone {
        connection,
        actor: 0,
        effects: Vec::new(),
    };
    let mut client = InProcess::new(floor.terms.cell, alone);
    let operations = subject::operations(floor.terms.cell.subject).unwrap_or_default();
    let (mut told, mut shown) = (Vec::new(), WithoutRace::default());
    for (actor, cart) in (0..).zip(&floor.carts) {
        if floor.stop.is_set() {
            return Ok(None);
        }
        client.session.actor = actor;
        let ended = flow(&mut client, floor.terms.steps(), &floor.terms, cart).await;
        for (step, (checkout, memory)) in (0..).zip(&ended) {
            match (&checkout.fault, checkout.outcome) {
                (Some(Error::ConnectionLost(_)), _) => return Ok(None),
                (_, Outcome::NotStarted) => continue,
                _ => {}
            }
            told.push(step_told(
                (actor, step),
                &operations,
                cart,
                checkout,
                memory,
            ));
            let raised = step_raised(actor, checkout);
            shown.raised.extend(raised.map(|raised| raised.code));
        }
    }
    let Alone {
        connection,
        effects,
        ..
    } = client.session;
    connection.close().await;
    let broken = tables.audit(&told, &effects).await?;
    shown.broken = broken.iter().map(|one| one.invariant.to_string()).collect();
    Ok(Some(shown))
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
