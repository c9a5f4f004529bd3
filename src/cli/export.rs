//! The files that results go to.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::exit::Usage;
use crate::report::Destination;

/// Turns a result into the text of a file.
pub(super) type Render<R> = fn(&R) -> Result<String>;

/// The files that were asked for, opened before any work starts.
#[derive(Debug)]
pub(super) struct Exports<R> {
    files: Vec<(Render<R>, Destination)>,
}

impl<R> Exports<R> {
    /// Opens every file that was asked for.
    pub(super) fn open(asked: &[(Render<R>, &Option<PathBuf>)]) -> Result<Self> {
        let mut files: Vec<(Render<R>, Destination)> = Vec::new();
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

    /// Saves what there is so far to every file that can be replaced later.
    pub(super) fn save(&mut self, result: &R) -> Result<()> {
        self.write(result, |file| file.can_be_replaced())
    }

    /// Saves the final state to devices and pipes, which take it only once.
    pub(super) fn finish(&mut self, result: &R) -> Result<()> {
        self.write(result, |file| !file.can_be_replaced())
    }

    /// Every file is tried, whatever became of the ones before; the first
    /// error is the one to tell.
    fn write(&mut self, result: &R, which: fn(&Destination) -> bool) -> Result<()> {
        let mut written = Ok(());
        for (render, file) in self.files.iter_mut().filter(|(_, file)| which(file)) {
            let this = render(result).and_then(|content| {
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
