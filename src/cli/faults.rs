//! Faults between a service and its database under load, refused before anything starts where they
//! cannot be put in.

use anyhow::{Result, bail};

use super::args::ServerArgs;
use super::checks::refuse_said;
use super::exit::Usage;
use crate::database::Server;
use crate::scenario::{OwnTables, ServiceFaults, Settings};

/// Refuses faults where there is no service that sim starts, or its server is on another machine.
pub(super) fn check_faults(
    settings: &Settings,
    own: Option<&OwnTables>,
    server: &ServerArgs,
) -> Result<()> {
    let ServiceFaults {
        cut,
        lose_request,
        lose_reply,
        pause,
        pause_time,
    } = &settings.faults;
    let said = [
        (cut.is_some(), "cut"),
        (lose_request.is_some(), "lose-request"),
        (lose_reply.is_some(), "lose-reply"),
        (pause.is_some(), "pause"),
        (pause_time.is_some(), "pause-time"),
    ];
    let Some(plan) = own.and_then(|own| own.service.as_ref()) else {
        return refuse_said(&said, |what| {
            format!(
                "{what} is a fault between a service that sim starts and its database, and there \
                 is no [service] here: `sim explore --crash` cuts the connections of a script or \
                 a strategy"
            )
        });
    };
    if plan.started().is_none() {
        return refuse_said(&said, |what| {
            format!(
                "{what} is a fault between a service and its database, and the one at url reaches \
                 its database without sim: give its command in [service], instead of url"
            )
        });
    }
    let is_asked = said.iter().any(|(is_said, _)| *is_said);
    let Some(url) = server.database_url.as_ref().filter(|_| is_asked) else {
        return Ok(());
    };
    // One that cannot be read is refused where it is opened.
    match Server::from_url(url) {
        Ok(server) if server.local_address().is_none() => bail!(Usage(format!(
            "--database-url: {} is not on this machine, and the proxy that puts faults in speaks \
             in clear: leave it out, or the faults",
            server.address()
        ))),
        _ => Ok(()),
    }
}
