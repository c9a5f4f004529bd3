//! What the buyers of a load meet on: the shop, tables of the user's own, or a service that runs
//! already.

use std::sync::Arc;

use super::line::LineOpener;
use super::tables::LoadTables;
use super::visited::VisitedService;
use crate::cell::Cell;
use crate::database::{Schema, ServerError};
use crate::scenario::{FaultCounts, Scenario};
use crate::subject;

/// What the buyers of a load meet on.
#[derive(Debug)]
pub enum LoadGround<'g> {
    /// The shop, in a schema of the run's own.
    Shop(&'g mut Schema),
    /// Tables of the user's own, in a database of the run's own.
    Own(&'g mut LoadTables),
    /// A service that runs already, with its database, which is only read.
    Visited(&'g mut VisitedService),
}

/// Which ground it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GroundKind {
    Shop,
    Own {
        /// Whether what the warm-up of connections leaves can be put back.
        warms_up: bool,
    },
    /// A service, wherever it comes from.
    Service {
        /// What buyers do there, by name.
        operations: Vec<Arc<str>>,
    },
}

impl<'g> From<&'g mut Schema> for LoadGround<'g> {
    fn from(schema: &'g mut Schema) -> Self {
        Self::Shop(schema)
    }
}

impl<'g> From<&'g mut LoadTables> for LoadGround<'g> {
    fn from(tables: &'g mut LoadTables) -> Self {
        Self::Own(tables)
    }
}

impl<'g> From<&'g mut VisitedService> for LoadGround<'g> {
    fn from(service: &'g mut VisitedService) -> Self {
        Self::Visited(service)
    }
}

impl LoadGround<'_> {
    /// The same for another run.
    pub fn again(&mut self) -> LoadGround<'_> {
        match self {
            Self::Shop(schema) => LoadGround::Shop(schema),
            Self::Own(tables) => LoadGround::Own(tables),
            Self::Visited(service) => LoadGround::Visited(service),
        }
    }

    pub(super) fn kind(&self) -> GroundKind {
        match self {
            Self::Shop(_) => GroundKind::Shop,
            Self::Own(tables) if tables.rules.has_service() => GroundKind::Service {
                operations: tables.rules.operations(),
            },
            Self::Visited(service) => GroundKind::Service {
                operations: service.rules.operations(),
            },
            Self::Own(tables) => GroundKind::Own {
                warms_up: tables.can_put_back(),
            },
        }
    }

    /// Lays out everything anew, so that no run sees what another one left.
    pub(super) async fn lay_out(
        &mut self,
        scenario: &Scenario,
        cell: Cell,
    ) -> Result<(), ServerError> {
        match self {
            Self::Shop(schema) => {
                let has_check = subject::has_stock_check(cell.subject);
                schema.lay_out(&scenario.supply(), has_check).await
            }
            Self::Own(tables) => tables.lay_out(cell, scenario).await,
            // It is as it was found.
            Self::Visited(_) => Ok(()),
        }
    }

    /// Takes back what the warm-up of connections has left; none of them is in a
    /// transaction.
    pub(super) async fn put_back(&mut self) -> Result<(), ServerError> {
        match self {
            // Its product goes with its transaction.
            Self::Shop(_) => Ok(()),
            Self::Own(tables) => tables.put_back().await,
            // Nothing was sent over a connection that was only opened.
            Self::Visited(_) => Ok(()),
        }
    }

    /// The server's next transaction, where what is written is behind a service: where it is the
    /// same after the last buyer, none has written.
    pub(super) async fn next_transaction(&mut self) -> Result<Option<u64>, ServerError> {
        let next = match self {
            Self::Own(tables) if tables.rules.service.is_some() => {
                tables.ground().next_transaction().await
            }
            Self::Shop(_) | Self::Own(_) => return Ok(None),
            Self::Visited(service) => service.database.next_transaction().await,
        };
        next.map(Some)
    }

    pub(super) fn opener(&self) -> LineOpener {
        match self {
            Self::Shop(schema) => LineOpener::Database(Box::new(schema.connector())),
            Self::Own(tables) => match tables.entry() {
                Some(entry) => LineOpener::Service(entry),
                None => LineOpener::Database(Box::new(tables.connector())),
            },
            Self::Visited(service) => LineOpener::Service(service.entry()),
        }
    }

    /// From now on faults are put in, where any are asked for.
    pub(super) fn begin_faults(&self, run: u32) {
        if let Self::Own(tables) = self {
            tables.begin_faults(run);
        }
    }

    /// From now on none is; answers those that were.
    pub(super) fn end_faults(&self) -> Option<FaultCounts> {
        match self {
            Self::Own(tables) => tables.end_faults(),
            Self::Shop(_) | Self::Visited(_) => None,
        }
    }

    /// How the service of the run ended, if it has one that did.
    pub(super) fn has_ended(&mut self) -> Option<String> {
        match self {
            // Of one that runs already its connections alone tell.
            Self::Shop(_) | Self::Visited(_) => None,
            Self::Own(tables) => tables.has_ended(),
        }
    }

    pub(super) async fn waiting_for_locks(&mut self) -> Result<Vec<(i32, i64)>, ServerError> {
        match self {
            Self::Shop(schema) => schema.waiting_for_locks().await,
            Self::Own(tables) => tables.ground().waiting_for_locks().await,
            Self::Visited(service) => service.database.waiting_for_locks().await,
        }
    }

    pub(super) async fn reconnect_if_lost(&mut self) -> Result<(), ServerError> {
        match self {
            Self::Shop(schema) => schema.reconnect_if_lost().await,
            Self::Own(tables) => tables.reconnect_if_lost().await,
            Self::Visited(service) => service.reconnect_if_lost().await,
        }
    }

    pub(super) async fn is_lost(&mut self) -> bool {
        match self {
            Self::Shop(schema) => schema.is_lost().await,
            Self::Own(tables) => tables.is_lost().await,
            Self::Visited(service) => service.database.is_lost().await,
        }
    }
}
