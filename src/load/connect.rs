//! Opening a run's connections, with patience.

use std::time::Duration;

use super::floor::Floor;
use super::line::{LineOpener, TillLine};
use super::patience::{RECONNECT_MAX, RECONNECT_PAUSE};
use crate::database::{Asking, Connection, ServerError, UNTIL_PLANNED};

/// How long the connections of the run before may take to free their places.
pub(super) const ROOM_MAX: Duration = Duration::from_secs(1);

/// Connects, with the strategy's statements prepared, and again if the
/// connection is cut before it can be used; waits at most `room_max` for a
/// place on a full server.
///
/// # Errors
/// The server is dead or refuses, for longer than a restart takes.
pub(super) async fn persist(
    opener: &LineOpener,
    floor: &Floor,
    room_max: Duration,
) -> Result<TillLine, ServerError> {
    let asking = Asking::begin();
    loop {
        let error = match open(opener, floor).await {
            Ok(line) => return Ok(line),
            Err(error) => error,
        };
        let limit = match error {
            ServerError::TooManyConnections { .. } => room_max,
            _ => RECONNECT_MAX,
        };
        if !error.may_pass() || !asking.again(limit, RECONNECT_PAUSE).await {
            return Err(error);
        }
    }
}

/// Opens a line, with the strategy's statements prepared.
///
/// # Errors
/// The server refuses or is gone, or the service is.
async fn open(opener: &LineOpener, floor: &Floor) -> Result<TillLine, ServerError> {
    match opener {
        LineOpener::Database(connector) => {
            let connection = connector.connect(floor.terms.cell).await?;
            warm(connection, floor).await.map(TillLine::Database)
        }
        LineOpener::Service(entry) => {
            let mut client = entry.client();
            match client.connect().await {
                Ok(()) => Ok(TillLine::Service(Box::new(client))),
                Err(reason) => Err(ServerError::Connect {
                    server: entry.address(),
                    reason,
                }),
            }
        }
    }
}

/// The connection, with the statements of the floor's strategy prepared.
async fn warm(mut connection: Connection, floor: &Floor) -> Result<Connection, ServerError> {
    let subject = floor.terms.cell.subject;
    let warm = match floor.one_of_each() {
        None => {
            let lines = floor.scenario.lines;
            connection.warm_up(subject, lines, UNTIL_PLANNED).await
        }
        Some(actors) => connection.warm_up_by(subject, actors, UNTIL_PLANNED).await,
    };
    match warm {
        Ok(()) => Ok(connection),
        Err(error) => Err(ServerError::Query {
            what: "prepare the strategy's statements",
            reason: error.to_string(),
            is_refusal: false,
        }),
    }
}

/// Says how many connections the run wanted in all.
pub(super) fn wanting(wanted: usize, error: ServerError) -> ServerError {
    match error {
        ServerError::TooManyConnections { server, reason, .. } => ServerError::TooManyConnections {
            server,
            wanted,
            reason,
        },
        error => error,
    }
}
