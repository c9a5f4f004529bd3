//! Then and now.

use maud::{Markup, html};

use super::section;
use super::verdict::badge;
use crate::report::dossier::document::Results;
use crate::report::facts::change::{Change, TOLERANCE, changes, differences};
use crate::report::facts::expectation::Of;
use crate::report::facts::explain;
use crate::report::facts::number::{count, many, moment, percent, real};

pub(super) fn render(results: &Results) -> Markup {
    let Some(before) = &results.against else {
        return html! {};
    };
    let differences = differences(&results.dossier, before);
    let mut all = changes(&results.dossier, before);
    if !differences.is_empty() {
        for change in &mut all {
            change.speed = None;
        }
    }
    let (news, rest): (Vec<&Change>, Vec<&Change>) = all.iter().partition(|c| is_news(c));
    html! {
        section.callout aria-labelledby="change" {
            h2 #change { "Then and now" }
            p {
                "Then: sim " (before.sim_version) ", " (moment(before.started_unix_s)) ". Now: sim "
                (results.dossier.sim_version) ", " (moment(results.dossier.started_unix_s)) "."
            }
            @if !differences.is_empty() {
                p { strong { "Speeds are not compared, since the results differ in more than the code:" } }
                ul { @for difference in &differences { li { (difference) } } }
            }
            p { (in_short(&all)) }
            @if !news.is_empty() { (table(&news)) }
            @if !rest.is_empty() {
                details {
                    summary { "Unchanged: " (many(rest.len() as u64, "cell")) }
                    (table(&rest))
                }
            }
        }
    }
}

fn is_news(change: &Change) -> bool {
    change.before != change.now || change.direction().is_some()
}

fn in_short(all: &[Change]) -> String {
    let n = |is: fn(&Change) -> bool| count(all.iter().filter(|change| is(change)).count() as u64);
    format!(
        "Of {}: {} changed their verdict, {} became slower beyond noise and {} faster (by more \
         than {} at 95 %, measured against the reference of the same result).",
        many(all.len() as u64, "cell"),
        n(|change| change.before != change.now),
        n(Change::is_slower),
        n(Change::is_faster),
        percent(TOLERANCE),
    )
}

fn table(changes: &[&Change]) -> Markup {
    let has_names = changes.iter().any(|change| !change.study.is_empty());
    let words = ["Scenario", "Strategy", "Isolation", "Then", "Now"];
    let words = if has_names { &words } else { &words[1..] };
    let rows = html! { @for change in changes { (row(change, has_names)) } };
    section::table("Changes by cell", words, &["Speed, now to then"], &rows)
}

fn row(change: &Change, has_names: bool) -> Markup {
    let note = change.direction().unwrap_or("within noise");
    html! {
        tr {
            @if has_names { td { (change.study) } }
            th scope="row" { (change.cell.subject) }
            td {
                (change.cell.level)
                @if change.of == Of::Exploration { small { " every schedule" } }
            }
            td { (badge(change.before)) }
            td { (badge(change.now)) }
            td.n {
                @match change.speed {
                    Some(speed) => {
                        (real(speed.value))
                        small { " " (explain::interval(speed)) ", " strong { (note) } }
                    }
                    None => small { "not compared" }
                }
            }
        }
    }
}
