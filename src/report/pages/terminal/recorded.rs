//! What was recorded of a service, for a person at a terminal.

use std::fmt::Write as _;

use super::style::BOLD;
use super::wrap::wrap;
use crate::explore::recorded::RecordedScript;
use crate::report::harmless;

/// No line is longer, however wide a terminal is.
const COLUMNS_MAX: usize = 100;

/// What was recorded.
#[derive(Debug, Clone)]
pub struct RecordedPage {
    /// Strategy and isolation level of the service.
    pub cell: String,
    /// Each script, by its path in the folder.
    pub scripts: Vec<(String, RecordedScript)>,
}

/// The page for so many columns: the folder, and the command to go on with.
#[must_use]
pub fn recorded_to_terminal(
    recorded: &RecordedPage,
    (folder, next): (&str, &str),
    columns: usize,
) -> String {
    let columns = columns.min(COLUMNS_MAX);
    let mut page = String::new();
    let _ = writeln!(
        page,
        "{BOLD}RECORDED{BOLD:#}  {} in {}",
        harmless(&recorded.cell),
        harmless(folder)
    );
    for (path, script) in &recorded.scripts {
        let s = if script.statements == 1 { "" } else { "s" };
        let _ = writeln!(
            page,
            "\n  {}: {} statement{s}",
            harmless(path),
            script.statements
        );
        for (name, what) in &script.variables {
            let _ = writeln!(page, "{}", variable(name, what, columns));
        }
        if script.variables.is_empty() {
            let _ = writeln!(page, "    no variables");
        }
        for note in &script.notes {
            let _ = writeln!(page, "    note: {}", harmless(note));
        }
    }
    let _ = writeln!(
        page,
        "\nThe program's own decisions are no part of a script: read its first lines."
    );
    let _ = writeln!(page, "\nnext: {}", harmless(next));
    wrap(&page, columns)
}

/// A variable and what it is, in one line.
fn variable(name: &str, what: &str, columns: usize) -> String {
    let line = format!(
        "    {:<16} {}",
        format!(":{}", harmless(name)),
        harmless(what)
    );
    match line.char_indices().nth(columns) {
        None => line,
        Some(_) => {
            line.chars()
                .take(columns.saturating_sub(4))
                .collect::<String>()
                + " ..."
        }
    }
}
