//! `sim proxy`: what an application sends to its database, step by step.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use tokio::runtime;
use tokio::sync::mpsc::Receiver;

use super::args::proxy::ProxyArgs;
use super::exit::{self, Exit, Usage};
use super::print::print;
use super::proxied::{answered, opened, step_line};
use super::signals::Signals;
use crate::database::Server;
use crate::explore::worlds::proxy::{
    HoldSettings, Proxy, ProxyEvent, ProxySettings, ProxyStep, StepId,
};

pub(super) fn proxy(args: &ProxyArgs) -> Result<Exit> {
    let refused = |error| Usage(format!("--database-url (or SIM_DATABASE_URL): {error}"));
    let server = Server::from_url(&args.database_url).map_err(refused)?;
    let address = server.local_address().ok_or_else(|| {
        Usage(
            "--database-url (or SIM_DATABASE_URL): the proxy speaks in clear, and so to a server \
             on this machine alone; ssh -L brings another one here"
                .into(),
        )
    })?;
    let steps = HoldSettings {
        is_automatic: true,
        ..HoldSettings::default()
    };
    let settings = ProxySettings {
        server: address,
        port: args.port,
        holding: args.steps.then_some(steps),
        keeps: None,
    };
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut signals = Signals::listen()?;
    runtime.block_on(async {
        let started = Proxy::start(settings).await;
        let (proxy, events) = started
            .with_context(|| format!("cannot listen on 127.0.0.1:{} (--port)", args.port))?;
        let (role, database) = server.role_and_database();
        let (to, port) = (server.address(), proxy.address().port());
        print(&format!(
            "postgres://{role}@127.0.0.1:{port}/{database} leads to {to} (Ctrl-C stops it)\n"
        ))?;
        tokio::select! {
            told = tell(events) => told,
            () = signals.next() => Ok(()),
        }
    })?;
    Ok(Exit::AsExpected)
}

/// Prints what happens.
async fn tell(mut events: Receiver<ProxyEvent>) -> Result<()> {
    let mut under_way: HashMap<StepId, ProxyStep> = HashMap::new();
    while let Some(event) = events.recv().await {
        match event {
            ProxyEvent::Opened {
                connection,
                pid,
                parameters,
            } => print(&opened(connection, pid, &parameters))?,
            ProxyEvent::Passed(step) | ProxyEvent::Parked(step) => {
                under_way.insert(step.id, step);
            }
            ProxyEvent::Answered(id, answer) => {
                if let Some(step) = under_way.remove(&id) {
                    print(&format!("{}{}\n", step_line(&step), answered(&answer)))?;
                }
            }
            ProxyEvent::Unsupported(connection, reason) => {
                exit::warn(&format!("connection {connection}: {reason}"));
            }
            ProxyEvent::Left(_) => {}
            ProxyEvent::Refused(connection, reason) => {
                exit::warn(&format!("connection {connection}: {reason}"));
            }
            ProxyEvent::Closed(connection, reason) => {
                under_way.retain(|id, _| id.connection != connection);
                let reason = reason.map(|reason| format!(": {reason}"));
                print(&format!(
                    "{connection} closed{}\n",
                    reason.unwrap_or_default()
                ))?;
            }
        }
    }
    Ok(())
}
