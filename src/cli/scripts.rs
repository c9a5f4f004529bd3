//! Scripts that are named as strategies: read, and refused before anything starts.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};

use super::exit::Usage;
use super::input::read_text;
use crate::cell::Subject;
use crate::subject::{is_text, named, note, profile, refuses_lines, script_name, with_sessions};

/// A script is a page or two.
const SCRIPT_BYTES_MAX: u64 = 1 << 20;

/// Reads a script or a directory of them, and makes it a subject by its name. What is wrong
/// with its text is told when it is compiled: only then is it known what it is given.
///
/// `DIRECTORY/reserve+confirm` are those two of its operations, and `FILE.sql:checkout+checkout=A`
/// is a script with the same submission again.
pub(super) fn load(path: &Path) -> Result<Subject> {
    let shown = path.to_string_lossy();
    if let Some((file, words)) = shown.split_once(".sql:") {
        let subject = load(Path::new(&format!("{file}.sql")))?;
        return met(subject, words);
    }
    if let Some(name) = script_name(path) {
        let text = read_text(path, SCRIPT_BYTES_MAX)?;
        let operation = path.file_stem().unwrap_or_default().to_string_lossy();
        let texts = vec![(operation.into(), text.into())];
        return Ok(note(name, path, texts).map_err(Usage)?);
    }
    let words = path.file_name().unwrap_or_default().to_string_lossy();
    match path.parent() {
        Some(directory) if !path.is_dir() && directory.is_dir() && words.contains('+') => {
            met(load(directory)?, &words)
        }
        _ => load_directory(path),
    }
}

fn met(subject: Subject, words: &str) -> Result<Subject> {
    let sessions: Vec<String> = words.split('+').map(str::to_owned).collect();
    Ok(with_sessions(subject, &sessions).map_err(Usage)?)
}

/// Each file of SQL of a directory is an operation.
fn load_directory(path: &Path) -> Result<Subject> {
    let shown = path.display();
    let unreadable = |error| Usage(format!("cannot read {shown}: {error}"));
    let entries = path.read_dir().map_err(unreadable)?;
    let entries: std::io::Result<Vec<_>> = entries.collect();
    let entries = entries.map_err(unreadable)?;
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|file| script_name(file).is_some());
    files.sort();
    if files.is_empty() {
        bail!(Usage(format!(
            "{shown} holds no script: no file ends in .sql"
        )));
    }
    let read = |file: &PathBuf| {
        let operation = file.file_stem().unwrap_or_default().to_string_lossy();
        Ok((operation.into(), read_text(file, SCRIPT_BYTES_MAX)?.into()))
    };
    let texts: Result<Vec<_>> = files.iter().map(read).collect();
    let name = path.canonicalize().map_err(unreadable)?;
    let name = name.file_name().unwrap_or_default().to_string_lossy();
    Ok(note(&format!("{name}/"), path, texts?).map_err(Usage)?)
}

/// Whether a value names a script, or a directory of them, and no strategy that is built in.
fn is_path(value: &Path) -> bool {
    let shown = value.to_string_lossy();
    script_name(value).is_some() || shown.contains(".sql:") || shown.contains('/') || value.is_dir()
}

/// Reads the scripts that the text of a scenario file names as its strategies; their paths
/// are relative to the file's directory.
pub(super) fn load_named(text: &str, directory: &Path) -> Result<()> {
    // What is wrong with the rest is told by the strict reading.
    let Ok(table) = text.parse::<toml::Table>() else {
        return Ok(());
    };
    let strategies = match table.get("strategies") {
        Some(toml::Value::Array(several)) => several.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    for name in strategies.iter().filter_map(toml::Value::as_str) {
        let path = Path::new(name);
        let is_script = script_name(path).is_some() || name.contains(".sql:") || name.contains('/');
        if is_script {
            load(&directory.join(path))?;
        }
    }
    Ok(())
}

/// Refuses a script that would leave lines of a cart out.
pub(super) fn check_lines(subjects: impl IntoIterator<Item = Subject>, lines: u32) -> Result<()> {
    let mut subjects = subjects.into_iter();
    match subjects.find_map(|subject| refuses_lines(subject, lines)) {
        Some(why) => bail!(Usage(why)),
        None => Ok(()),
    }
}

/// The first script among subjects.
pub(super) fn first(subjects: impl IntoIterator<Item = Subject>) -> Option<Subject> {
    subjects.into_iter().find(|subject| is_text(*subject))
}

/// A flag that names a strategy by its name or, of a script, by its path.
#[derive(Clone)]
pub(super) struct NameOrScript<T> {
    pub(super) names: PossibleValuesParser,
    pub(super) of_name: fn(&str) -> T,
    pub(super) of_script: fn(Subject) -> T,
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for NameOrScript<T> {
    type Value = T;

    fn parse_ref(&self, cmd: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<T, Error> {
        let path = Path::new(value);
        let service = named(&path.to_string_lossy()).filter(|it| it.is_service());
        if let Some(service) = service {
            return Ok((self.of_script)(service));
        }
        if !is_path(path) || named(&path.to_string_lossy()).is_some_and(|it| profile(it).is_some())
        {
            let name = self.names.parse_ref(cmd, arg, value)?;
            return Ok((self.of_name)(&name));
        }
        let read = load(path).map(self.of_script);
        read.map_err(|error| {
            Error::raw(ErrorKind::ValueValidation, format!("{error}\n")).with_cmd(cmd)
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        self.names.possible_values()
    }
}
