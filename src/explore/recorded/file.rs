//! The scenario of recorded scripts.

use toml::{Table, Value};

use crate::scenario::ScenarioFile;
use crate::shop::Isolation;

/// What a recorded scenario names.
#[derive(Debug, Clone, Copy)]
pub struct RecordedNames<'n> {
    /// Its script, or the directory of its scripts.
    pub strategy: &'n str,
    /// The file of SQL that makes its tables.
    pub set_up: &'n str,
    /// The level of sessions that ask for none.
    pub level: Isolation,
}

/// The scenario of a service's file without the service: what holds for scripts as well.
///
/// # Errors
/// It cannot be written, which is a fault.
pub fn scenario(file: &ScenarioFile, names: RecordedNames<'_>) -> Result<String, toml::ser::Error> {
    let text = |text: &str| Value::String(text.into()).to_string();
    let list = |of: &str| Value::Array(vec![Value::String(of.into())]).to_string();
    let mut written = format!("title = {}\n", text(&format!("{}, recorded", file.title)));
    if !file.about.is_empty() {
        written += &format!("about = {}\n", text(&file.about));
    }
    written += &format!("strategies = {}\n", list(names.strategy));
    written += &format!("isolation = {}\n", list(names.level.name()));
    let mut tables = Table::try_from(&file.tables)?;
    // Values of a service's answers are no variables.
    tables.remove("show");
    tables.insert(
        "setup".into(),
        Value::Array(vec![Value::String(names.set_up.into())]),
    );
    tables.remove("setup-command");
    let mut explore = Table::try_from(&file.explore)?;
    // The rows are those of the set-up.
    for key in ["stock", "products", "units"] {
        explore.remove(key);
    }
    let invariants = Table::try_from(&file.invariants)?;
    for (name, table) in [
        ("tables", tables),
        ("invariants", invariants),
        ("explore", explore),
    ] {
        if !table.is_empty() {
            written += &format!("\n[{name}]\n{}", toml::to_string(&table)?);
        }
    }
    Ok(written)
}
