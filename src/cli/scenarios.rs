//! Which scenarios are meant, and what they say: files, directories of them, and those
//! that come with `sim`.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::exit::Usage;
use super::input::read_text;
use super::scripts::load_named;
use crate::scenario::{SHIPPED, ScenarioFile, Shipped, nearest, shipped};

/// Where a project keeps its scenarios.
const DIRECTORY: &str = "scenarios";
/// A scenario is a page or two.
const SCENARIO_BYTES_MAX: u64 = 1 << 20;

/// Reads a scenario file, or the scenario of that name that comes with `sim`.
pub(super) fn read(path: &Path) -> Result<ScenarioFile> {
    let name = path.display();
    let text = match of_shipped(path) {
        Some(shipped) => shipped.text.into(),
        None => read_text(path, SCENARIO_BYTES_MAX)
            .map_err(|error| Usage(format!("{error}{}", hint(path))))?,
    };
    load_named(&text, path.parent().unwrap_or(Path::new("")))?;
    let file = ScenarioFile::parse(&text);
    Ok(file.map_err(|refused| Usage(format!("{name}: {refused}")))?)
}

/// The scenario that a bare name means where no file has that name.
fn of_shipped(path: &Path) -> Option<Shipped> {
    shipped(path.to_str()?).filter(|_| !path.exists())
}

/// What a bare name may have been meant to be.
fn hint(path: &Path) -> String {
    let names: Vec<&str> = SHIPPED.iter().map(|shipped| shipped.name).collect();
    let is_bare = path.components().count() == 1 && path.extension().is_none() && !path.exists();
    match path.to_str().filter(|_| is_bare) {
        Some(name) => match nearest(name, &names) {
            Some(name) => format!("; of the scenarios that come with sim, {name} is like it"),
            None => format!("; these come with sim: {}", names.join(", ")),
        },
        None => String::new(),
    }
}

/// The scenario files that are meant, each directory's by name.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in &meant(paths) {
        let name = path.display();
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let found = below(path)?;
        if found.is_empty() {
            bail!(Usage(format!(
                "{name} holds no scenario: no file ends in .toml"
            )));
        }
        files.extend(found);
    }
    let mut names: Vec<String> = files.iter().map(|path| stem(path)).collect();
    names.sort();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        bail!(Usage(format!("two scenarios are named {}", twice[0])));
    }
    Ok(files)
}

/// The scenario files of a directory by name, then those of the directories in it.
fn below(directory: &Path) -> Result<Vec<PathBuf>> {
    let refused = |error| Usage(format!("cannot read {}: {error}", directory.display()));
    let entries = directory.read_dir().map_err(refused)?;
    let entries: std::io::Result<Vec<_>> = entries.collect();
    let mut entries: Vec<PathBuf> = entries
        .map_err(refused)?
        .into_iter()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    let is_scenario = |path: &&PathBuf| path.extension().is_some_and(|end| end == "toml");
    let mut found: Vec<PathBuf> = entries.iter().filter(is_scenario).cloned().collect();
    for inner in entries.iter().filter(|path| path.is_dir()) {
        found.extend(below(inner)?);
    }
    Ok(found)
}

/// What is named; where nothing is, the project's directory, or else all scenarios that
/// come with `sim`.
fn meant(named: &[PathBuf]) -> Vec<PathBuf> {
    match named {
        [] if Path::new(DIRECTORY).is_dir() => vec![DIRECTORY.into()],
        [] => SHIPPED.iter().map(|shipped| shipped.name.into()).collect(),
        named => named.to_vec(),
    }
}

/// The name of a scenario file, without directory and extension.
pub(super) fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    stem.to_string_lossy().into_owned()
}
