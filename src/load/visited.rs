//! A service that runs already, under load: it stays as it is, and its database is only read.

use super::asked::{has_order, looked_up, refused};
use crate::cell::Cell;
use crate::database::{ReadOnlyDatabase, RuleError, ServerError};
use crate::oracle::Broken;
use crate::scenario::{OwnTables, Scenario};
use crate::service::{FoundService, ServiceEntry, ServiceGiven};
use crate::shop::CheckoutKey;

/// A service that was found, and what must hold in its database.
#[derive(Debug)]
pub struct VisitedService {
    service: FoundService,
    pub(super) database: ReadOnlyDatabase,
    /// What must hold, and which errors may reach a caller.
    pub(super) rules: OwnTables,
}

impl VisitedService {
    /// A service that answers, and its database.
    #[must_use]
    pub const fn new(service: FoundService, database: ReadOnlyDatabase, rules: OwnTables) -> Self {
        Self {
            service,
            database,
            rules,
        }
    }

    /// The invariants that do not hold before any buyer has come. Where all hold, what comes before
    /// the buyers is sent, once, and they are asked again.
    ///
    /// # Errors
    /// An invariant cannot be answered, the service refuses a request, or the server refuses or is
    /// gone.
    pub async fn broken_at_start(
        &mut self,
        cell: Cell,
        scenario: &Scenario,
    ) -> Result<Vec<Broken>, RuleError> {
        // One that cannot be answered is refused; its answer, of a buyer that there is not, says
        // nothing.
        if let Some(look_up) = looked_up(&self.rules, 0, CheckoutKey(0)) {
            self.database.broken(&[look_up]).await?;
        }
        let broken = self.database.broken(&self.rules.invariants).await?;
        if !broken.is_empty() {
            return Ok(broken);
        }
        let given = ServiceGiven {
            variant: cell.subject.variant().unwrap_or_default(),
            products: scenario.products,
            stock: scenario.stock,
        };
        let prepared = self.service.prepare(given).await;
        prepared.map_err(|trouble| ServerError::Service(trouble.to_string()))?;
        self.database.broken(&self.rules.invariants).await
    }

    /// Closes the connection to its database; the service is left as it is.
    pub async fn close(self) {
        self.database.close().await;
    }

    /// Where it is called.
    pub(super) fn entry(&self) -> ServiceEntry {
        self.service.entry()
    }

    /// The invariants that do not hold.
    pub(super) async fn audit(&mut self) -> Result<Vec<Broken>, ServerError> {
        let broken = self.database.broken(&self.rules.invariants).await;
        broken.map_err(refused)
    }

    /// Whether a buyer has its order, by the query of the file; `None` where that names none.
    pub(super) async fn has_order(
        &mut self,
        buyer: u32,
        key: CheckoutKey,
    ) -> Result<Option<bool>, ServerError> {
        let Self {
            rules, database, ..
        } = self;
        has_order(rules, (buyer, key), async |asked| {
            database.broken(asked).await
        })
        .await
    }

    pub(super) async fn reconnect_if_lost(&mut self) -> Result<(), ServerError> {
        match self.database.is_lost().await {
            true => self.database.reopen().await,
            false => Ok(()),
        }
    }
}
