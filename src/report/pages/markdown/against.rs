//! What changed since an older result.

use std::fmt::Write as _;

use super::escape::escape;
use super::study::spread;
use crate::report::dossier::document::Dossier;
use crate::report::facts::change::{Change, TOLERANCE, changes, differences};
use crate::report::facts::expectation::Of;
use crate::report::facts::number::many;

pub(super) fn render(now: &Dossier, before: &Dossier) -> String {
    let changes = changes(now, before);
    let mut page = String::from("\n#### Against the older result\n");
    if changes.is_empty() {
        page.push_str("\nNo cell is in both results.\n");
    }
    let verdicts: Vec<String> = changes
        .iter()
        .filter(|change| change.now != change.before)
        .map(|change| {
            let cell = cell(now, change);
            format!("{cell}: {}, and was {}", change.now, change.before)
        })
        .collect();
    page.push_str(&match verdicts.len() {
        0 if changes.is_empty() => String::new(),
        0 => {
            let cells = many(changes.len() as u64, "cell");
            format!("\nNo verdict changed, of {cells}.\n")
        }
        _ => list("Verdicts that changed", &verdicts),
    });
    let differences = differences(now, before);
    if differences.is_empty() {
        page.push_str(&speeds(now, &changes));
    } else {
        let differences: Vec<String> = differences.iter().map(|what| escape(what)).collect();
        let why = "Speeds are not compared, since the results differ in more than the code";
        page.push_str(&list(why, &differences));
    }
    page
}

fn speeds(now: &Dossier, changes: &[Change]) -> String {
    let of = |is: fn(&Change) -> bool| -> Vec<String> {
        let those = changes.iter().filter(|change| is(change));
        let told = those.filter_map(|change| {
            let speed = spread(change.speed?);
            Some(format!("{}: {speed}", cell(now, change)))
        });
        told.collect()
    };
    let (slower, faster) = (of(Change::is_slower), of(Change::is_faster));
    let measured = changes.iter().filter(|c| c.speed.is_some()).count();
    let mut page = String::new();
    let ratio = "than before, as a ratio, each beside its reference";
    if !slower.is_empty() {
        page.push_str(&list(&format!("Slower {ratio}"), &slower));
    }
    if !faster.is_empty() {
        page.push_str(&list(&format!("Faster {ratio}"), &faster));
    }
    if page.is_empty() && measured > 0 {
        let (cells, tolerance) = (many(measured as u64, "cell"), TOLERANCE * 100.0);
        page = format!(
            "\nNone of {cells} is slower or faster than before by more than {tolerance:.0} % \
             and noise.\n"
        );
    } else if measured == 0 && changes.iter().any(|change| change.of == Of::Load) {
        page = "\nNo speed could be compared: of sound cells, beside a sound reference, each side \
                needs two runs.\n"
            .into();
    }
    page
}

fn cell(now: &Dossier, change: &Change) -> String {
    let study = now.studies.iter().find(|study| study.name == change.study);
    match study.filter(|_| now.studies.len() > 1) {
        Some(study) => format!("{}, {}", change.named(), escape(&study.title)),
        None => change.named(),
    }
}

fn list(what: &str, items: &[String]) -> String {
    let mut list = format!("\n{what}:\n\n");
    for item in items {
        let _ = writeln!(list, "- {item}");
    }
    list
}
