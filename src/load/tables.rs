//! Tables of the user's own under load: a fresh copy for each run, and what is asked of it.

use super::asked::{has_order, looked_up, refused};
use crate::cell::Cell;
use crate::database::{
    Connector, DatabaseAccess, Ground, GroundCopy, Playground, RuleError, ServerError,
};
use crate::oracle::{Broken, EffectSeen, StepTold};
use crate::scenario::{FaultCounts, OwnTables, Scenario};
use crate::service::{FaultyWay, OpenFaultyWay, RunningService, ServiceEntry, ServiceGiven};
use crate::shop::CheckoutKey;
use crate::value::State;

/// Tables of the user's own, of which each run has a copy.
#[derive(Debug)]
pub struct LoadTables {
    playground: Playground,
    /// What must hold, and which errors may reach a caller.
    pub(super) rules: OwnTables,
    /// What opens the way on which faults are put in between its service and its database.
    open_faulty: OpenFaultyWay,
    copy: Option<OpenCopy>,
}

/// The copy of a run, with the connection that looks after it.
#[derive(Debug)]
struct OpenCopy {
    from: GroundCopy,
    ground: Ground,
    /// What it held before the first buyer came; `None` where that is not known any more.
    start: Option<State>,
    /// The service that runs on it.
    service: Option<RunningService>,
    /// What stands between the two, where faults are asked for.
    faulty: Option<Box<dyn FaultyWay>>,
}

impl LoadTables {
    /// Tables that a set-up has made, and what must hold on them.
    #[must_use]
    pub const fn new(playground: Playground, rules: OwnTables, open_faulty: OpenFaultyWay) -> Self {
        Self {
            playground,
            rules,
            open_faulty,
            copy: None,
        }
    }

    /// The invariants that do not hold before any buyer has come.
    ///
    /// # Errors
    /// An invariant cannot be answered, or the server refuses or is gone.
    pub async fn broken_at_start(
        &mut self,
        cell: Cell,
        scenario: &Scenario,
    ) -> Result<Vec<Broken>, RuleError> {
        self.lay_out(cell, scenario).await?;
        let invariants = self.rules.invariants.clone();
        // One that cannot be answered is refused; its answer, of a buyer that there is not, says nothing.
        if let Some(look_up) = looked_up(&self.rules, 0, CheckoutKey(0)) {
            self.ground().broken(&[look_up]).await?;
        }
        self.ground().broken(&invariants).await
    }

    /// Drops the copies and closes the connections.
    ///
    /// # Errors
    /// The server refuses or is gone.
    pub async fn close(mut self) -> Result<(), ServerError> {
        self.drop_copy().await?;
        self.playground.close().await;
        Ok(())
    }

    /// Whether what the warm-up of connections leaves can be put back.
    pub(super) fn can_put_back(&self) -> bool {
        self.rules.service.is_none() && self.playground.unresettable().is_empty()
    }

    /// Takes a fresh copy, in place of the one before, and starts the service on it, if there is
    /// one.
    pub(super) async fn lay_out(
        &mut self,
        cell: Cell,
        scenario: &Scenario,
    ) -> Result<(), ServerError> {
        self.drop_copy().await?;
        let from = self.playground.copy().await?;
        let ground = from.open().await?;
        let (mut service, mut faulty) = (None, None);
        if let Some(plan) = &self.rules.service {
            let mut access = from.access();
            if !scenario.faults.are_none() {
                let way = self.faulty_way(&access, scenario)?;
                access = access.through(way.port());
                faulty = Some(way);
            }
            let given = ServiceGiven {
                variant: cell.subject.variant().unwrap_or_default(),
                products: scenario.products,
                stock: scenario.stock,
            };
            let started = RunningService::start(plan, &access, given).await;
            service = Some(started.map_err(|trouble| ServerError::Service(trouble.to_string()))?);
        }
        self.copy = Some(OpenCopy {
            from,
            ground,
            start: None,
            service,
            faulty,
        });
        Ok(())
    }

    fn faulty_way(
        &self,
        access: &DatabaseAccess,
        scenario: &Scenario,
    ) -> Result<Box<dyn FaultyWay>, ServerError> {
        // The plan refuses a server on another machine.
        let server = access.local_address().ok_or_else(|| {
            ServerError::Service("the proxy speaks in clear, to this machine alone".into())
        })?;
        (self.open_faulty)(server, scenario.faults, scenario.seed)
            .map_err(|error| ServerError::Service(format!("the proxy: {error}")))
    }

    /// From now on faults are put in between the service and its database, where any are asked
    /// for.
    pub(super) fn begin_faults(&self, run: u32) {
        if let Some(way) = self.faulty() {
            way.begin(run);
        }
    }

    /// From now on none is; answers those that were.
    pub(super) fn end_faults(&self) -> Option<FaultCounts> {
        self.faulty().map(FaultyWay::end)
    }

    fn faulty(&self) -> Option<&dyn FaultyWay> {
        self.copy.as_ref()?.faulty.as_deref()
    }

    async fn drop_copy(&mut self) -> Result<(), ServerError> {
        self.stop_service().await;
        if let Some(copy) = self.copy.take() {
            copy.ground.close().await;
        }
        self.playground.drop_copies().await
    }

    /// Puts everything back as it is in a fresh copy, and notes what there is.
    pub(super) async fn put_back(&mut self) -> Result<(), ServerError> {
        // Of tables that a service has made the ground knows nothing.
        if self.rules.service.is_some() {
            return Ok(());
        }
        let can_put_back = self.can_put_back();
        let copy = self.open_copy();
        if can_put_back {
            copy.ground.reset().await?;
        }
        copy.start = Some(copy.ground.state().await?);
        Ok(())
    }

    /// Whether any row is another one than before the first buyer came, as far as that is known:
    /// not of a service's tables.
    pub(super) async fn has_changed(&mut self) -> Result<bool, ServerError> {
        let copy = self.open_copy();
        let now = copy.ground.state().await?;
        Ok(copy.start.as_ref() != Some(&now))
    }

    /// The invariants that do not hold, of all at rest.
    pub(super) async fn audit(
        &mut self,
        told: &[StepTold],
        effects: &[EffectSeen],
    ) -> Result<Vec<Broken>, ServerError> {
        let Self { rules, copy, .. } = self;
        let copy = copy.as_mut().expect(LAID_OUT);
        let broken = copy.ground.audit(&rules.invariants, told, effects).await;
        broken.map_err(refused)
    }

    /// Where the service is called, if there is one.
    pub(super) fn entry(&self) -> Option<ServiceEntry> {
        let service = self.copy.as_ref()?.service.as_ref();
        service.map(RunningService::entry)
    }

    /// How the service ended, if it did on its own.
    pub(super) fn has_ended(&mut self) -> Option<String> {
        let service = self.copy.as_mut()?.service.as_mut()?;
        service.has_ended().map(|trouble| trouble.to_string())
    }

    /// Stops the service, if one runs.
    pub(super) async fn stop_service(&mut self) {
        let Some(copy) = self.copy.as_mut() else {
            return;
        };
        if let Some(service) = copy.service.take() {
            service.stop().await;
        }
        // Its sessions end with it.
        copy.faulty = None;
    }

    /// Whether a buyer has its order, by the query of the file; `None` where that names none.
    pub(super) async fn has_order(
        &mut self,
        buyer: u32,
        key: CheckoutKey,
    ) -> Result<Option<bool>, ServerError> {
        let Self { rules, copy, .. } = self;
        let ground = &mut copy.as_mut().expect(LAID_OUT).ground;
        has_order(rules, (buyer, key), async |asked| {
            ground.broken(asked).await
        })
        .await
    }

    pub(super) fn connector(&self) -> Connector {
        self.copy.as_ref().expect(LAID_OUT).ground.connector()
    }

    pub(super) fn ground(&mut self) -> &mut Ground {
        &mut self.open_copy().ground
    }

    pub(super) async fn is_lost(&mut self) -> bool {
        match &mut self.copy {
            Some(copy) => copy.ground.is_lost().await,
            None => false,
        }
    }

    pub(super) async fn reconnect_if_lost(&mut self) -> Result<(), ServerError> {
        if let Some(copy) = &mut self.copy
            && copy.ground.is_lost().await
        {
            copy.ground = copy.from.open().await?;
            // What it finds is the start to it.
            copy.start = None;
        }
        Ok(())
    }

    fn open_copy(&mut self) -> &mut OpenCopy {
        self.copy.as_mut().expect(LAID_OUT)
    }
}

const LAID_OUT: &str = "laid out before buyers come";
