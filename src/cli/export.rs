//! The files that results go to.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::args::{OutputArgs, PageArgs};
use super::exit::Usage;
use crate::report::{Destination, Results, to_csv, to_html, to_junit, to_markdown};

/// Turns results into the text of a file.
pub(super) type Render = fn(&Results) -> Result<String>;

/// What may be asked for, and where it is to go.
pub(super) type Wish<'a> = (Render, &'a Option<PathBuf>);

/// The files that were asked for, opened before any work starts.
#[derive(Debug, Default)]
pub(super) struct Exports {
    files: Vec<(Render, Destination)>,
}

/// The form from which every other can be drawn later.
pub(super) fn to_json(results: &Results) -> Result<String> {
    Ok(results.dossier.to_json())
}

/// One row for each strategy, isolation level and run.
pub(super) fn csv(results: &Results) -> Result<String> {
    Ok(to_csv(&results.dossier)?)
}

impl Exports {
    /// Opens every file that the flags of a load ask for.
    pub(super) fn of_load(output: &OutputArgs) -> Result<Self> {
        let data = [
            (to_json as Render, &output.export_json),
            (csv, &output.export_csv),
        ];
        Self::open(&data, &output.pages)
    }

    /// Opens files of data, and pages.
    pub(super) fn open(data: &[Wish<'_>], pages: &PageArgs) -> Result<Self> {
        let pages: [Wish<'_>; 3] = [
            (|results| Ok(to_html(results)), &pages.export_html),
            (|results| Ok(to_markdown(results)), &pages.export_markdown),
            (|results| Ok(to_junit(results)?), &pages.export_junit),
        ];
        Self::open_files(&[data, &pages].concat())
    }

    /// Opens every file that was asked for.
    pub(super) fn open_files(asked: &[Wish<'_>]) -> Result<Self> {
        let mut files: Vec<(Render, Destination)> = Vec::new();
        for (render, path) in asked {
            if let Some(path) = path {
                let file = open(path)?;
                if files.iter().any(|(_, other)| file.is_same_as(other)) {
                    bail!(Usage(format!("{} is to take two exports", path.display())));
                }
                files.push((*render, file));
            }
        }
        Ok(Self { files })
    }

    /// Refuses to write to a file that is read.
    pub(super) fn spare<'p>(self, inputs: impl IntoIterator<Item = &'p PathBuf>) -> Result<Self> {
        for input in inputs {
            if self.files.iter().any(|(_, file)| file.is_at(input)) {
                bail!(Usage(format!(
                    "{} is read, and cannot be written too",
                    input.display()
                )));
            }
        }
        Ok(self)
    }

    /// Whether nothing was asked for.
    pub(super) const fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Saves what there is so far to every file that can be replaced later.
    pub(super) fn save(&mut self, results: &Results) -> Result<()> {
        self.write(results, |file| file.can_be_replaced())
    }

    /// Saves the final state to devices and pipes, which take it only once.
    pub(super) fn finish(&mut self, results: &Results) -> Result<()> {
        self.write(results, |file| !file.can_be_replaced())
    }

    /// Every file is tried, whatever became of the ones before; the first
    /// error is the one to tell.
    fn write(&mut self, results: &Results, which: fn(&Destination) -> bool) -> Result<()> {
        let mut written = Ok(());
        for (render, file) in self.files.iter_mut().filter(|(_, file)| which(file)) {
            let this = render(results).and_then(|content| {
                file.write(&content)
                    .with_context(|| format!("cannot write {}", file.path().display()))
            });
            written = written.and(this);
        }
        written
    }
}

fn open(path: &Path) -> Result<Destination> {
    let refused = |error| Usage(format!("cannot write {}: {error}", path.display()));
    Ok(Destination::open(path).map_err(refused)?)
}

/// A directory that takes files, made before any work starts.
#[derive(Debug)]
pub(super) struct Directory(PathBuf);

impl Directory {
    /// Makes it where it is missing, and makes sure that it takes files.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let refused = |error| Usage(format!("cannot write into {}: {error}", path.display()));
        std::fs::create_dir_all(path).map_err(refused)?;
        // The file is gone at once.
        tempfile::tempfile_in(path).map_err(refused)?;
        Ok(Self(path.to_owned()))
    }

    /// Writes files, each by its name.
    pub(super) fn write(&self, files: &[(String, String)]) -> Result<()> {
        for (name, content) in files {
            let path = self.0.join(name);
            std::fs::write(&path, content)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}
