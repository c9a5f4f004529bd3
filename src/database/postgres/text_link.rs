//! One connection whose calls are watched, on which every value is text.

use super::link::Pulse;
use super::wire::{TextRows, TransactionStatus, WireCall, WireClient, WireFailure, WireResult};
use crate::database::error::ServerError;
use crate::database::fingerprint::Backend;

/// A connection and its watched calls.
#[derive(Debug)]
pub(super) struct TextLink {
    client: Box<WireClient>,
    pulse: Pulse,
}

impl TextLink {
    pub(super) fn new(client: WireClient, pulse: Pulse) -> Self {
        Self {
            client: Box::new(client),
            pulse,
        }
    }

    pub(super) fn backend(&self) -> Backend {
        self.pulse.backend()
    }

    /// A statement, in one round trip.
    pub(super) async fn run(&mut self, sql: &str, values: &[Option<&str>]) -> WireResult<TextRows> {
        let Self { client, pulse } = self;
        pulse.during(client.run(sql, values)).await
    }

    /// As [`WireClient::run_after`].
    pub(super) async fn run_after(
        &mut self,
        sql: &str,
        values: &[Option<&str>],
        go: impl Future<Output = ()>,
    ) -> WireResult<TextRows> {
        let Self { client, pulse } = self;
        pulse.during(client.run_after(sql, values, go)).await
    }

    /// As [`WireClient::run_groups`].
    pub(super) async fn run_groups(
        &mut self,
        groups: &[Vec<WireCall<'_>>],
    ) -> WireResult<Vec<TextRows>> {
        let Self { client, pulse } = self;
        pulse.during(client.run_groups(groups)).await
    }

    /// As [`WireClient::copy_in`].
    pub(super) async fn copy_in(&mut self, sql: &str, data: &[u8]) -> WireResult<TextRows> {
        let Self { client, pulse } = self;
        pulse.during(client.copy_in(sql, data)).await
    }

    /// A statement without values, whose answer does not matter; `what` says for errors what it is
    /// for.
    pub(super) async fn tell(&mut self, sql: &str, what: &'static str) -> Result<(), ServerError> {
        let done = self.run(sql, &[]).await;
        done.map(drop).map_err(while_trying_to(what))
    }

    pub(super) const fn status(&self) -> TransactionStatus {
        self.client.status()
    }

    /// Says goodbye, and waits until the server has closed the connection: a call like any
    /// other, which a server that is silent does not answer.
    pub(super) async fn close(self) {
        let Self { client, mut pulse } = self;
        let goodbye = async {
            client.close().await;
            Ok::<(), WireFailure>(())
        };
        let _ = pulse.during(goodbye).await;
    }
}

/// For `map_err`: names what was being done.
pub(super) fn while_trying_to(what: &'static str) -> impl FnOnce(WireFailure) -> ServerError {
    move |failure| ServerError::Query {
        what,
        reason: failure.to_string(),
        is_refusal: matches!(failure, WireFailure::Refused(_)),
    }
}
