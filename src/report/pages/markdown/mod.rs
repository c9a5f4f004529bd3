//! Markdown, fit for a pull request's comment and a job summary.

mod against;
mod escape;
mod study;

use std::fmt::Write as _;

use crate::database::Fingerprint;
use crate::explore::bounds::Policy;
use crate::report::dossier::document::{Dossier, Results};
use crate::report::dossier::exploration::WorldKind;
use crate::report::facts::change::{changes, differences};
use crate::report::facts::expectation::Expectation;
use crate::report::facts::gate::{expectations, of_study};
use crate::report::facts::number::{capitalised, many};
use crate::report::facts::undone::{ended_early, left, missed, outcome};
use escape::escape;

/// A comment on GitHub takes so many characters. Bytes are counted here, of
/// which there are never fewer.
const LENGTH_MAX: usize = 65_536;

const WITHOUT_TABLES: &str = "\nThe tables of what each strategy costs are left out, and the rows that are \
    wrong: with them this would be longer than a comment may be.\n";

const CUT: &str = "\nThe rest is left out: this would be longer than a comment may be.\n";

/// Renders Markdown. Where it would be longer than a comment may be, first the
/// tables of costs and what is wrong row by row are left out, then the end; either is said.
#[must_use]
pub fn to_markdown(results: &Results) -> String {
    let footer = footer(&results.dossier);
    let whole = body(results, true);
    if whole.len() + footer.len() <= LENGTH_MAX {
        return whole + &footer;
    }
    let mut short = body(results, false);
    let room = LENGTH_MAX.saturating_sub(WITHOUT_TABLES.len() + footer.len());
    if short.len() > room {
        let room = room.saturating_sub(CUT.len());
        // A line is whole or left out: half of one could be half an escape.
        let end = short.as_bytes()[..room].iter().rposition(|b| *b == b'\n');
        short.truncate(end.map_or(0, |end| end + 1));
        short.push_str(CUT);
    }
    short + WITHOUT_TABLES + &footer
}

fn body(results: &Results, with_costs: bool) -> String {
    let mut page = headline(results);
    page.push_str(&broken(&results.dossier));
    for study in &results.dossier.studies {
        page.push_str(&study::render(study, with_costs));
    }
    if let Some(before) = &results.against {
        page.push_str(&against::render(&results.dossier, before));
    }
    page
}

fn headline(results: &Results) -> String {
    let dossier = &results.dossier;
    let all = expectations(dossier);
    let outcome = outcome(dossier, &all);
    let early = ended_early(dossier, &all);
    let early = early.map_or(String::new(), |why| {
        format!("\n{}\n", sentence(&escape(&why)))
    });
    let slower = match slower(results) {
        0 => String::new(),
        1 => "; 1 cell is slower than before".into(),
        cells => format!("; {} are slower than before", many(cells, "cell")),
    };
    format!("### sim: {outcome}{slower}\n{early}")
}

/// A clause as a sentence of its own.
fn sentence(clause: &str) -> String {
    capitalised(clause) + "."
}

/// How many cells are slower than in a result that time can be compared with.
fn slower(results: &Results) -> u64 {
    let now = &results.dossier;
    let Some(before) = &results.against else {
        return 0;
    };
    if !differences(now, before).is_empty() {
        return 0;
    }
    let changes = changes(now, before);
    changes.iter().filter(|change| change.is_slower()).count() as u64
}

/// What does not hold, as a list; of what did not run, how much.
fn broken(dossier: &Dossier) -> String {
    let mut list = String::new();
    for study in &dossier.studies {
        let whose = match dossier.studies.len() {
            1 => String::new(),
            _ => format!(", {}", escape(&study.title)),
        };
        let all = of_study(dossier, study);
        for missed in missed(all.iter()) {
            list.push_str(&item(missed, &whose));
        }
        for (what, left) in left(all.iter()) {
            let _ = writeln!(list, "- **{what}**{whose}: {left}");
        }
    }
    match list.is_empty() {
        true => list,
        false => format!("\n{list}"),
    }
}

fn item(missed: &Expectation, whose: &str) -> String {
    let mut item = format!(
        "- **{}**, {}{whose}: {}\n",
        missed.cell,
        missed.of.name(),
        escape(&missed.in_short()),
    );
    for detail in &missed.details {
        let _ = writeln!(item, "  - {}", escape(detail));
    }
    item
}

/// What found it out, where, and what to draw it from again.
fn footer(dossier: &Dossier) -> String {
    let mut parts = vec![format!("sim {}", escape(&dossier.sim_version))];
    let mut add = |part: String| {
        if !parts.contains(&part) {
            parts.push(part);
        }
    };
    let server =
        |server: &Fingerprint| format!("{} {}", escape(&server.product), escape(&server.version));
    for study in &dossier.studies {
        if let Some(load) = &study.load {
            load.server.iter().for_each(|on| add(server(on)));
            add(format!("seed {}", load.scenario.seed));
        }
        if let Some(exploration) = &study.exploration {
            match exploration.on {
                WorldKind::Postgres => exploration.server.iter().for_each(|on| add(server(on))),
                WorldKind::Memory => add("a model of PostgreSQL in memory".into()),
            }
            if let Policy::Random { seed, .. } = exploration.policy {
                add(format!("schedules from seed {seed}"));
            }
        }
    }
    format!("\n---\n\n{}\n", parts.join(" · "))
}
