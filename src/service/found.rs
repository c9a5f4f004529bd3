//! A service that runs already.

use super::entry::{ServiceEntry, ServiceGiven};
use super::origin::ServiceOrigin;
use super::probe::{PROBE_MAX, probe};
use super::process::ServiceTrouble;
use crate::scenario::{ServicePlan, masked};

/// A service that was not started here: it stays as it is when the last buyer has left.
#[derive(Debug)]
pub struct FoundService {
    entry: ServiceEntry,
}

impl FoundService {
    /// Looks whether it answers its probe. Nothing else is sent.
    ///
    /// # Errors
    /// [`ServiceTrouble::Absent`].
    pub async fn find(plan: &ServicePlan, origin: ServiceOrigin) -> Result<Self, ServiceTrouble> {
        let answered = probe(&origin, &plan.probe, PROBE_MAX).await;
        answered.map_err(|why| ServiceTrouble::Absent {
            origin: origin.to_string(),
            path: plan.probe.clone(),
            why,
        })?;
        Ok(Self {
            entry: ServiceEntry::of(plan, origin),
        })
    }

    /// Sends what comes before the buyers, once.
    ///
    /// # Errors
    /// [`ServiceTrouble::Differs`].
    pub async fn prepare(&mut self, given: ServiceGiven<'_>) -> Result<(), ServiceTrouble> {
        let prepared = self.entry.prepare(given).await;
        // What it answered may hold a secret.
        prepared.map_err(|why| ServiceTrouble::Differs(masked(&why)))
    }

    /// Where it is called; kept by each lane that calls it.
    #[must_use]
    pub fn entry(&self) -> ServiceEntry {
        self.entry.clone()
    }
}
