//! The files that results go to.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::args::OutputArgs;
use super::exit::Usage;
use crate::report::{Destination, Report, to_csv};

/// The files that were asked for, opened before any work starts.
#[derive(Debug)]
pub(super) struct Exports {
    files: Vec<(Format, Destination)>,
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Json,
    Csv,
}

impl Exports {
    /// Opens every file.
    pub(super) fn open(args: &OutputArgs) -> Result<Self> {
        let asked = [
            (Format::Json, &args.export_json),
            (Format::Csv, &args.export_csv),
        ];
        let mut files: Vec<(Format, Destination)> = Vec::new();
        for (format, path) in asked {
            if let Some(path) = path {
                let file = open(path)?;
                if files.iter().any(|(_, other)| file.is_same_as(other)) {
                    bail!(Usage(format!("{} is to take two exports", path.display())));
                }
                files.push((format, file));
            }
        }
        Ok(Self { files })
    }

    /// Saves what there is so far to every file that can be replaced later.
    pub(super) fn save(&mut self, report: &Report) -> Result<()> {
        self.write(report, |file| file.can_be_replaced())
    }

    /// Saves the final state to devices and pipes, which take it only once.
    pub(super) fn finish(&mut self, report: &Report) -> Result<()> {
        self.write(report, |file| !file.can_be_replaced())
    }

    /// Every file is tried, whatever became of the ones before; the first
    /// error is the one to tell.
    fn write(&mut self, report: &Report, which: fn(&Destination) -> bool) -> Result<()> {
        let mut result = Ok(());
        for (format, file) in self.files.iter_mut().filter(|(_, file)| which(file)) {
            let written = render(*format, report).and_then(|content| {
                file.write(&content)
                    .with_context(|| format!("cannot write {}", file.path().display()))
            });
            result = result.and(written);
        }
        result
    }
}

fn open(path: &Path) -> Result<Destination> {
    let refused = |error| Usage(format!("cannot write {}: {error}", path.display()));
    Ok(Destination::open(path).map_err(refused)?)
}

fn render(format: Format, report: &Report) -> Result<String> {
    Ok(match format {
        Format::Json => report.to_json(),
        Format::Csv => to_csv(report)?,
    })
}
