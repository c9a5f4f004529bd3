//! `sim report`: pages from saved results.

use std::path::Path;

use anyhow::Result;

use super::args::{PageArgs, ReportArgs};
use super::exit::{Exit, Usage};
use super::export::{Exports, csv};
use super::input::read_text;
use super::print::{columns, print};
use crate::report::{Dossier, Results, page_to_terminal};

/// More than any result has: an exploration keeps at most 10,000 schedules of each ending.
const BYTES_MAX: u64 = 256 << 20;

pub(super) fn report(args: &ReportArgs) -> Result<Exit> {
    let read = |path: &Path| {
        let dossier = read(path)?;
        match args.no_values {
            true => without_values(path, dossier),
            false => Ok(dossier),
        }
    };
    let results = Results {
        dossier: read(&args.results)?,
        against: args.against.as_deref().map(read).transpose()?,
    };
    let pages = PageArgs {
        export_html: args.html.clone(),
        export_markdown: args.markdown.clone(),
        export_junit: args.junit.clone(),
    };
    let exports = Exports::open(&[(csv, &args.csv)], &pages)?;
    let mut exports = exports.spare(std::iter::once(&args.results).chain(&args.against))?;
    exports.save(&results)?;
    exports.finish(&results)?;
    if exports.is_empty() {
        print(&page_to_terminal(&results, columns()))?;
    }
    Ok(Exit::AsExpected)
}

fn without_values(path: &Path, dossier: Dossier) -> Result<Dossier> {
    let name = path.display();
    let stripped = dossier.without_values();
    Ok(stripped.ok_or_else(|| {
        Usage(format!(
            "--no-values: {name} holds schedules, and their steps are made of values: draw a page of \
             a run, or of a comparison with --no-explore"
        ))
    })?)
}

/// Reads a file of results.
pub(super) fn read(path: &Path) -> Result<Dossier> {
    let name = path.display();
    let text = read_text(path, BYTES_MAX)?;
    let dossier = Dossier::read(&text);
    Ok(dossier.map_err(|error| Usage(format!("{name}: {error}")))?)
}
