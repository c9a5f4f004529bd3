//! Recognises what stands in for a server: a connection pooler that gives every transaction
//! another server connection, and a read replica, which shows what was so a while ago.
//!
//! Behind a pooler, a session is nothing that lasts: settings, prepared statements and
//! the process that carries out a statement change between two transactions. What
//! `sim` measures is then not what it says, and a table named without its schema
//! would be one of the user's.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor, Row};

use super::error::{reason, sqlstate, while_trying_to};
use super::server::PostgresServer;
use super::sql;
use crate::database::error::ServerError;

/// How many connections are looked at, where there is room for so many: of a
/// single one, a pool of one server connection looks like a session.
const CONNECTIONS: usize = 3;

impl PostgresServer {
    pub(in crate::database) async fn refuse_stand_in(&self) -> Result<(), ServerError> {
        if self.is_private() {
            return Ok(());
        }
        let mut connections = Vec::with_capacity(CONNECTIONS);
        for number in 0..CONNECTIONS {
            match self.open("sim").await {
                Ok(connection) => connections.push(connection),
                // Two are enough, and a small limit may have room for no more.
                Err(ServerError::TooManyConnections { .. }) if number >= 2 => break,
                Err(error) => return Err(error),
            }
        }
        let looking = async {
            if is_replica(&mut connections[0]).await? {
                return Ok(Found::Replica);
            }
            let keep_sessions = keep_sessions(&mut connections).await?;
            for connection in &mut connections {
                connection.execute(sql::EMPTY_MARK).await?;
            }
            Ok(match keep_sessions {
                true => Found::Server,
                false => Found::Pooler,
            })
        };
        let looked = self.patiently(looking).await?;
        for connection in connections {
            // All is known; the goodbye is a courtesy.
            let _ = connection.close().await;
        }
        let pooler = |why: String| ServerError::Pooler {
            server: self.address(),
            why,
        };
        match looked {
            Ok(Found::Server) => Ok(()),
            Ok(Found::Replica) => Err(ServerError::Replica {
                server: self.address(),
            }),
            Ok(Found::Pooler) => Err(pooler(
                "another server process carries out the next transaction of a connection".into(),
            )),
            // What a pooler in statement mode says to BEGIN comes from itself.
            Err(error) if sqlstate(&error) == "08P01" => Err(pooler(reason(&error))),
            Err(error) => Err(while_trying_to("look for a connection pooler")(error)),
        }
    }
}

/// What stands at an address.
enum Found {
    Server,
    Replica,
    Pooler,
}

async fn is_replica(connection: &mut PgConnection) -> sqlx::Result<bool> {
    connection.fetch_one(sql::IS_REPLICA).await?.try_get(0)
}

/// Whether every connection keeps its server process and its mark.
async fn keep_sessions(connections: &mut [PgConnection]) -> sqlx::Result<bool> {
    let mut marked = Vec::new();
    for (number, connection) in connections.iter_mut().enumerate() {
        let leave = AssertSqlSafe(sql::leave_mark(number));
        let row = connection.fetch_one(leave).await?;
        marked.push((row.try_get::<i32, _>(0)?, row.try_get::<String, _>(1)?));
    }
    for (number, connection) in connections.iter_mut().enumerate().rev() {
        if look(connection).await? != marked[number] {
            return Ok(false);
        }
    }
    let mut at_once = Vec::new();
    for connection in connections.iter_mut() {
        connection.execute(sql::BEGIN).await?;
        at_once.push(look(connection).await?);
    }
    for connection in connections.iter_mut() {
        connection.execute(sql::ROLLBACK).await?;
    }
    Ok(at_once == marked)
}

async fn look(connection: &mut PgConnection) -> sqlx::Result<(i32, String)> {
    let row = connection.fetch_one(sql::READ_MARK).await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}
