//! The time until a program is started.

use std::future::Future;
use std::pin::pin;

use tokio::sync::mpsc;

use super::floor::{ProgramFloor, Strays};
use crate::explore::arena::StepError;
use crate::explore::worlds::proxy::{Proxy, ProxyEvent};

/// Waits until a program is started, and lets all go that it sends meanwhile.
pub(super) async fn start<T>(
    proxy: &Proxy,
    events: &mut mpsc::Receiver<ProxyEvent>,
    floor: &mut ProgramFloor,
    starting: impl Future<Output = Result<T, StepError>>,
) -> Result<T, StepError> {
    floor.strays = Strays::AllGo;
    let mut starting = pin!(starting);
    let mut unheard = Vec::new();
    loop {
        tokio::select! {
            biased;
            Some(event) = events.recv() => {
                floor.hear(event, &mut unheard).map_err(StepError::Unfollowed)?;
                floor.passing.go(proxy);
            }
            started = &mut starting => return started,
        }
    }
}
