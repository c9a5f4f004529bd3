//! `sim doctor`: what was understood of a service, and whether it can be explored.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::args::doctor::DoctorArgs;
use super::around::unless_hurried;
use super::exit::{Exit, Usage};
use super::patient::Patient;
use super::print::{columns, print};
use super::worlds::Worlds;
use crate::explore::arena::StepError;
use crate::explore::checkup::{Checkup, Followed};
use crate::report::{Destination, checkup_to_terminal};

pub(super) fn doctor(args: &DoctorArgs) -> Result<Exit> {
    let patient = Patient::of(&args.file, "doctor", args.strategy, args.isolation)?;
    let export = args.export_json.as_deref().map(open).transpose()?;
    if export.as_ref().is_some_and(|file| file.is_at(&args.file)) {
        let name = args.file.display();
        bail!(Usage(format!("{name} is read, and cannot be written too")));
    }
    let tell = |checkup| tell(checkup, args, export);
    patient.look((&args.server, args.quiet), look, tell)
}

fn open(path: &Path) -> Result<Destination> {
    let refused = |error| Usage(format!("cannot write {}: {error}", path.display()));
    Ok(Destination::open(path).map_err(refused)?)
}

/// Starts the service twice; on a thread that may wait.
fn look(worlds: &Worlds, patient: &Patient) -> Result<Checkup> {
    let worlds = worlds.for_tables(Some(&patient.tables), (2, 1))?;
    let case = (&patient.case, &patient.shape);
    let heard = worlds.overhear(case)?;
    let tried = match worlds.try_service(case) {
        Ok(trial) => Ok(trial),
        Err(StepError::Unfollowed(why)) => Err(why),
        Err(error) => return Err(error.into()),
    };
    let cell = patient.case.terms.cell.to_string();
    let server = worlds.fingerprint();
    Ok(Checkup {
        server: server.map(|it| format!("{} {}", it.product, it.version)),
        ..Checkup::of(cell, &heard, Followed::of(tried))
    })
}

fn tell(checkup: Checkup, args: &DoctorArgs, export: Option<Destination>) -> Result<Exit> {
    let exit = match checkup.followed {
        Followed::Yes { .. } => Exit::AsExpected,
        Followed::No(_) => Exit::Unproven,
    };
    let file = args.file.display();
    let next = match (&checkup.followed, args.strategy) {
        (Followed::No(_), _) => format!("sim doctor {file}"),
        (_, None) => format!("sim explore {file}"),
        (_, Some(subject)) => format!("sim explore {file} --strategy {subject}"),
    };
    let page = (!args.quiet.quiet).then(|| checkup_to_terminal(&checkup, &next, columns()));
    let written = unless_hurried(move || {
        if let Some(page) = page {
            print(&page)?;
        }
        if let Some(mut file) = export {
            let json = serde_json::to_string_pretty(&checkup)?;
            let name = file.path().display().to_string();
            let written = file.write(&format!("{json}\n"));
            written.with_context(|| format!("cannot write {name}"))?;
        }
        anyhow::Ok(())
    })?;
    match written {
        None => Ok(Exit::Interrupted),
        Some(written) => written.map(|()| exit),
    }
}
