//! The lines of `sim proxy`.

use std::fmt::Write as _;

use crate::explore::worlds::proxy::{ConnectionId, ProxyStep, StepAnswer, StepKind};
use crate::report::harmless;

/// Of a statement so many characters are shown, and of a value.
const SQL_CHARS_MAX: usize = 400;
const VALUE_CHARS_MAX: usize = 60;

/// A session that began.
pub(super) fn opened(
    connection: ConnectionId,
    pid: u32,
    parameters: &[(String, String)],
) -> String {
    let mut line = format!("{connection} opened, server process {pid}");
    for (name, value) in parameters {
        if ["user", "database", "application_name"].contains(&name.as_str()) {
            let _ = write!(line, ", {name} {}", shown(value, VALUE_CHARS_MAX));
        }
    }
    line.push('\n');
    line
}

/// Which step, and what it does.
pub(super) fn step_line(step: &ProxyStep) -> String {
    let mut line = format!(
        "{}.{} {}",
        step.id.connection,
        step.id.number,
        named(step.kind)
    );
    for sent in &step.statements {
        let sql = sent
            .sql
            .as_deref()
            .unwrap_or("(a statement prepared earlier)");
        let _ = write!(line, " {}", shown(sql, SQL_CHARS_MAX));
        for (at, value) in (1..).zip(&sent.binds) {
            let value = value.as_deref().map(|value| shown(value, VALUE_CHARS_MAX));
            let value = value.unwrap_or_else(|| "NULL".into());
            let _ = write!(line, "; ${at} = {value}");
        }
    }
    line
}

/// What came of it.
pub(super) fn answered(answer: &StepAnswer) -> String {
    let time_ms = answer.elapsed_us as f64 / 1000.0;
    let what = match (&answer.error, &answer.tag) {
        _ if answer.is_skipped => "skipped, since an earlier one failed".into(),
        (Some(error), _) => {
            format!(
                "{} {}",
                error.sqlstate,
                shown(&error.message, SQL_CHARS_MAX)
            )
        }
        (None, Some(tag)) => shown(tag, VALUE_CHARS_MAX),
        (None, None) => "done".into(),
    };
    let rows = match answer.rows {
        0 => String::new(),
        1 => ", 1 row".into(),
        rows => format!(", {rows} rows"),
    };
    format!(" -> {what}{rows}, {time_ms:.3} ms")
}

fn named(kind: StepKind) -> String {
    match kind {
        StepKind::Prepare => "prepare".into(),
        StepKind::Snapshot => "snapshot".into(),
        StepKind::Execute => "execute".into(),
        StepKind::Whole => "query".into(),
        StepKind::Commit => "commit".into(),
        StepKind::End => "end".into(),
        StepKind::Cancel(Some(of)) => format!("cancel of {of}"),
        StepKind::Cancel(None) => "cancel of an unknown session".into(),
    }
}

/// In one line, without what would move a terminal's cursor.
fn shown(text: &str, chars_max: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    let mut cut: String = line.chars().take(chars_max).collect();
    if cut.len() < line.len() {
        cut.push_str("...");
    }
    harmless(&cut).into_owned()
}
