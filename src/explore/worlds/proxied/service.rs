//! A service of the user's, started behind a proxy on a copy of its tables.

use std::sync::Arc;

use super::arena::{ProxiedArena, ProxiedSettings};
use super::program::{ServiceProgram, ServiceSettings};
use crate::database::wire::WireAddress;
use crate::database::{Ground, GroundCopy, RuleError, ServerError};
use crate::explore::arena::StepError;
use crate::explore::case::Case;
use crate::explore::own::{OwnGround, end_tables};
use crate::explore::worlds::engine::{Lookout, OwnSite};
use crate::explore::worlds::proxy::{HoldSettings, KeepSettings, Proxy, ProxySettings};
use crate::oracle::serial::check_names;
use crate::scenario::ServicePlan;
use crate::service::{RunningService, ServiceGiven};
use crate::shop::Isolation;

/// A service that is to stand before a proxy.
#[derive(Debug, Clone, Copy)]
pub struct ProxiedService<'s> {
    /// What it is.
    pub plan: &'s ServicePlan,
    /// What it is given.
    pub given: ServiceGiven<'s>,
    /// The tables that it is started on, which nothing else uses.
    pub copy: &'s GroundCopy,
}

impl ProxiedService<'_> {
    /// Starts it, sends what comes before the buyers, and takes what there is then for the start
    /// of every schedule. `false` where the role may not make the victims of deadlocks certain.
    ///
    /// # Errors
    /// It does not start, or cannot be followed; its tables have no way back; or what is asked
    /// of them cannot be.
    pub async fn open(
        self,
        case: Arc<Case>,
    ) -> Result<(ProxiedArena<ServiceProgram>, bool), StepError> {
        let level = case.terms.cell.level;
        let timeout_ms = Lookout::all_look().timeout_ms();
        let suited = self.copy.suit_programs(level, timeout_ms).await;
        let are_certain = suited.map_err(failed)?;
        let of_it = self.copy.access();
        let settings = ProxySettings {
            server: self.server()?,
            port: 0,
            holding: Some(HoldSettings {
                snapshot_steps: level != Isolation::ReadCommitted,
                ..HoldSettings::default()
            }),
            keeps: Some(KeepSettings {
                role: of_it.role,
                password: of_it.password,
                socket: self.copy.trusted_socket(),
            }),
        };
        let proxy = Proxy::start(settings).await;
        let (proxy, events) =
            proxy.map_err(|error| StepError::Database(format!("the proxy: {error}")))?;
        let access = self.copy.access().through(proxy.address().port());
        let starting = {
            let case = Arc::clone(&case);
            async move {
                let service = RunningService::start(self.plan, &access, self.given).await;
                let service =
                    service.map_err(|trouble| StepError::Database(trouble.to_string()))?;
                let settings = ServiceSettings {
                    service,
                    carts: case.carts.clone(),
                    max_tries: case.terms.max_tries,
                };
                Ok((ServiceProgram::new(settings), self.tables(&case).await?))
            }
        };
        let started = self.plan.started();
        let settings = ProxiedSettings {
            proxy,
            events,
            background: started.map(|it| it.background.clone()).unwrap_or_default(),
            case,
        };
        let arena = ProxiedArena::open(settings, starting).await?;
        Ok((arena, are_certain))
    }

    /// Where the server of its tables is.
    ///
    /// # Errors
    /// It is on another machine.
    pub fn server(self) -> Result<WireAddress, StepError> {
        self.copy.access().local_address().ok_or_else(|| {
            StepError::Refused(
                "the proxy speaks in clear, and so to a server on this machine alone: leave \
                 --database-url out"
                    .into(),
            )
        })
    }

    /// The tables as they are now, which is what they are put back to from now on.
    ///
    /// # Errors
    /// They have no way back; or the database failed.
    pub async fn keep_start(self) -> Result<Ground, StepError> {
        let without = self.copy.keep_start().await.map_err(failed)?;
        match without.as_slice() {
            [] => self.copy.open().await.map_err(failed),
            [first, ..] => Err(StepError::Refused(format!(
                "your tables cannot be put back after each schedule: {first}"
            ))),
        }
    }

    /// The tables as they are when the service has been started.
    async fn tables(self, case: &Case) -> Result<OwnSite, StepError> {
        let mut ground = self.keep_start().await?;
        if let Some(own) = case.own() {
            check(&mut ground, own).await?;
        }
        Ok(OwnSite::new(ground))
    }
}

/// Refuses what cannot be asked of these tables, and what is broken before any request has come.
async fn check(ground: &mut Ground, own: &OwnGround) -> Result<(), StepError> {
    let start = end_tables(&ground.state().await.map_err(failed)?);
    let names = check_names(&start, &own.ignores, &own.ordered);
    names.map_err(|fault| StepError::Refused(fault.to_string()))?;
    match ground.broken(&own.invariants).await {
        Ok(broken) => match broken.first() {
            None => Ok(()),
            Some(broken) => Err(StepError::Refused(format!(
                "the invariant {} breaks before any request has come: it must hold at the start",
                broken.invariant
            ))),
        },
        Err(RuleError::Server(error)) => Err(failed(error)),
        Err(refused @ RuleError::Refused { .. }) => Err(StepError::Refused(refused.to_string())),
    }
}

fn failed(error: ServerError) -> StepError {
    StepError::Database(error.to_string())
}
