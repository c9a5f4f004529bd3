//! Scripts that are named as strategies: read, and refused before anything starts.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Result, bail};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};

use super::exit::Usage;
use super::input::read_text;
use crate::cell::Subject;
use crate::subject::{add_script, is_text, refuses_lines, script_name};

/// A script is a page or two.
const SCRIPT_BYTES_MAX: u64 = 1 << 20;

/// Reads a script, and makes it a subject by the name of its file.
pub(super) fn load(path: &Path) -> Result<Subject> {
    let text = read_text(path, SCRIPT_BYTES_MAX)?;
    Ok(add_script(path, &text).map_err(Usage)?)
}

/// Reads the scripts that the text of a scenario file names as its strategies; their paths
/// are relative to the file's directory.
pub(super) fn load_named(text: &str, directory: &Path) -> Result<()> {
    // What is wrong with the rest is told by the strict reading.
    let Ok(table) = text.parse::<toml::Table>() else {
        return Ok(());
    };
    let strategies = table.get("strategies").and_then(toml::Value::as_array);
    for name in strategies
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_str)
    {
        let path = Path::new(name);
        if script_name(path).is_some() {
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
        if script_name(path).is_none() {
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
