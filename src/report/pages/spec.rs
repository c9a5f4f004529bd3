//! Explored schedules for PostgreSQL's isolationtester.

use crate::cell::Cell;
use crate::database::Spec;
use crate::explore::trace::{Happening, Trace};
use crate::flow::Terms;
use crate::report::dossier::exploration::{Exploration, ExploredCell};
use crate::report::facts::number::joined;
use crate::session::Error;
use crate::shop::Conflict;
use crate::subject;

/// A file, by its name, for the example of every ending that every cell has:
/// the same statements in the same order. A connection that is cut has no
/// words there, so such an example is left out; nor has SQL with a brace.
#[must_use]
pub fn to_specs(exploration: &Exploration) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for cell in &exploration.cells {
        let examples = cell.found.endings.iter().filter_map(|e| e.example.as_ref());
        for trace in examples {
            if let Some(content) = render(exploration, cell, trace) {
                let Cell { subject, level } = cell.cell;
                let name = format!("{subject}-{level}-{}.spec", trace.schedule);
                files.push((name, content));
            }
        }
    }
    files
}

fn render(exploration: &Exploration, cell: &ExploredCell, trace: &Trace) -> Option<String> {
    let session = |buyer: char| buyer.to_ascii_lowercase();
    let steps = trace.steps.iter();
    // There, a brace ends a step.
    let is_step = |sql: &&str| !sql.contains(['{', '}']);
    let steps: Option<Vec<(char, &str)>> = steps
        .map(|step| Some((session(step.buyer), step.sql.as_deref().filter(is_step)?)))
        .collect();
    let cell = cell.cell;
    let case = exploration.shape.case(Terms {
        cell,
        max_tries: exploration.shape.max_tries,
        retry: exploration.shape.retry,
    });
    let spec = Spec {
        title: vec![
            format!("{cell}, schedule {}", trace.schedule),
            match trace.proven.is_empty() {
                true => "breaks nothing".into(),
                false => format!("proves: {}", joined(&trace.proven, ", ")),
            },
            exploration.replay(cell, &trace.schedule),
        ],
        supply: case.supply(),
        stock_check: subject::has_stock_check(cell.subject),
        isolation: cell.level,
        steps: steps?,
        victims: victims(trace).into_iter().map(session).collect(),
    };
    Some(spec.render())
}

fn victims(trace: &Trace) -> Vec<char> {
    let happenings = trace.steps.iter().flat_map(|step| &step.happenings);
    let ended = happenings.filter_map(|happening| match happening {
        Happening::Reply {
            buyer,
            reply: Err(Error::Conflict(Conflict::Deadlock)),
        } => Some(*buyer),
        _ => None,
    });
    ended.collect()
}
