//! What bodies of functions and triggers touch that the statement does not.

use super::bodies_sql;
use super::ground::PostgresGround;
use crate::database::error::ServerError;
use crate::database::fingerprint::Backend;
use crate::database::own_tables::{OwnLocks, TouchedBeyond};
use crate::database::postgres::text_link::while_trying_to;
use crate::database::postgres::wire::TextRows;

impl PostgresGround {
    pub(in crate::database) async fn has_bodies(&mut self) -> Result<bool, ServerError> {
        let failed = while_trying_to("look for functions and triggers");
        let rows = self.control.run(bodies_sql::HAS_BODIES, &[]).await;
        Ok(rows.map_err(failed)?.get(0, 0) != Some("f"))
    }

    /// The relations that a transaction has locked so far, as an array of the server's.
    pub(in crate::database) async fn own_locks(
        &mut self,
        backend: Backend,
    ) -> Result<OwnLocks, ServerError> {
        let pid = backend.pid.to_string();
        let failed = while_trying_to("ask what a statement locks itself");
        let rows = self.control.run(bodies_sql::OWN, &[Some(&pid)]).await;
        let rows = rows.map_err(failed)?;
        let array = |column| rows.get(0, column).unwrap_or("{}").to_owned();
        Ok(OwnLocks {
            relations: array(0),
            changed: array(1),
        })
    }

    pub(in crate::database) async fn touched_beyond(
        &mut self,
        backend: Backend,
        own: &OwnLocks,
        sql: &str,
    ) -> Result<TouchedBeyond, ServerError> {
        let pid = backend.pid.to_string();
        let (relations, changed) = (Some(own.relations.as_str()), Some(own.changed.as_str()));
        let beyond = [Some(pid.as_str()), relations, changed];
        let tables = self.control.run(bodies_sql::BEYOND, &beyond).await;
        let tables = tables.map_err(while_trying_to("ask what a body touches"))?;
        if tables.is_empty() {
            return Ok(TouchedBeyond::default());
        }
        let bodies = [changed, Some(sql)];
        let bodies = self.control.run(bodies_sql::BODIES, &bodies).await;
        let bodies = bodies.map_err(while_trying_to("ask which bodies a statement runs"))?;
        let column = |rows: &TextRows, column| -> Vec<String> {
            let names = (0..rows.len()).filter_map(|row| rows.get(row, column));
            names.map(str::to_owned).collect()
        };
        Ok(TouchedBeyond {
            locks_rows: column(&tables, 1).iter().any(|locks| locks == "t"),
            relations: format!("{{{}}}", column(&tables, 2).join(",")),
            tables: column(&tables, 0),
            bodies: column(&bodies, 0),
        })
    }
}
