//! Each strategy as its reader must see it: its steps, and what it does with each answer.

use maud::{Markup, html};

use super::section::Section;
use super::verdict::badge;
use crate::cell::Subject;
use crate::database::Engine;
use crate::oracle::Verdict;
use crate::report::facts::explain::listed;
use crate::report::facts::known::Known;
use crate::report::facts::listing::{Listed, has_listing, listing};
use crate::report::facts::number::capitalised;
use crate::subject;

pub(super) fn render(section: &Section<'_>) -> Markup {
    let is_known = |subject: &&Subject| has_listing(**subject);
    let mut subjects: Vec<Subject> = section.subjects.iter().filter(is_known).copied().collect();
    if subjects.is_empty() {
        return html! {};
    }
    // What to use stands first, then what holds.
    subjects.sort_by_key(|subject| {
        let is_fix = section.fix.is_some_and(|fix| fix.subject == *subject);
        (!is_fix, worst(section, *subject) != Verdict::Safe)
    });
    let content = html! {
        p.muted {
            "The statements of one attempt for a cart of one line, and below each what the \
             checkout does with an answer. Two strategies may send the same SQL and differ in \
             one " code { "if" } "."
        }
        @for subject in subjects { (entry(section, subject)) }
    };
    section.part("written", "How each is written", &content)
}

/// Of all levels.
fn worst(section: &Section<'_>, subject: Subject) -> Verdict {
    let cells = section.known.iter().filter(|k| k.cell.subject == subject);
    cells
        .map(Known::worst)
        .min()
        .unwrap_or(Verdict::Inconclusive)
}

fn entry(section: &Section<'_>, subject: Subject) -> Markup {
    let fix = section.fix.filter(|fix| fix.subject == subject);
    let profile = subject::profile(subject);
    html! {
        details.listing id=(section.listing_id(subject)) open[fix.is_some()] {
            summary {
                span.name { (subject) } " "
                @for (verdict, levels) in verdicts(section, subject) {
                    span.held { (badge(verdict)) small { " at " (levels) } } " "
                }
            }
            @if let Some(fix) = fix { p.use { "The fix to use, at " strong { (fix.level) } "." } }
            @if let Some(profile) = profile {
                p { (capitalised(profile.idea)) "." }
                @if profile.stock_check { (code("The table needs", &[Listed::Statement(Engine::Postgres.stock_check().into())])) }
            }
            @let label = if profile.is_some() { "Each attempt" } else { "The script" };
            (code(label, &listing(subject)))
        }
    }
}

/// The levels at which it came to each verdict, worst first.
fn verdicts(section: &Section<'_>, subject: Subject) -> Vec<(Verdict, String)> {
    let ran = || {
        section
            .known
            .iter()
            .filter(|k| k.cell.subject == subject && k.has_run())
    };
    let levels = |verdict| {
        let of_verdict = ran().filter(move |known| known.worst() == verdict);
        let levels: Vec<_> = of_verdict.map(|known| known.cell.level).collect();
        match levels.len() {
            n if n > 1 && n == section.levels.len() => "every level".into(),
            _ => listed(levels),
        }
    };
    let all = Verdict::ALL
        .into_iter()
        .map(|verdict| (verdict, levels(verdict)));
    all.filter(|(_, levels)| !levels.is_empty()).collect()
}

fn code(label: &str, lines: &[Listed]) -> Markup {
    html! {
        div.code {
            div.code-head {
                span.muted { (label) }
                button.copy type="button" data-text=(as_sql(lines)) hidden { "Copy as SQL" }
            }
            pre tabindex="0" { code { @for line in lines { (one(line)) "\n" } } }
        }
    }
}

fn one(line: &Listed) -> Markup {
    match line {
        Listed::Statement(sql) => html! { span.sent { (sql) } },
        Listed::Continued(sql) | Listed::Source(sql) => html! { (sql) },
        Listed::Computed(value) => html! { span.computed { "    " (value) } },
        Listed::Branch { text, is_ignored } => html! {
            span.branch.bad[*is_ignored] { "    " (text) }
        },
    }
}

/// What can be run: what is no SQL becomes a comment.
fn as_sql(lines: &[Listed]) -> String {
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        let is_last = !matches!(lines.get(at + 1), Some(Listed::Continued(_)));
        let end = if is_last { ";" } else { "" };
        text += &match line {
            Listed::Statement(sql) | Listed::Continued(sql) => format!("{sql}{end}\n"),
            Listed::Source(line) => format!("{line}\n"),
            Listed::Computed(value) => format!("    -- {value}\n"),
            Listed::Branch { text, .. } => format!("    -- {text}\n"),
        };
    }
    text
}
