//! What changed since an older result.

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
    let changed = changes.iter().filter(|change| change.now != change.before);
    let verdicts = list(changed.map(|change| {
        let cell = cell(now, change);
        format!("{cell}: {}, and was {}", change.now, change.before)
    }));
    if !verdicts.is_empty() {
        page += &format!("\nVerdicts that changed:\n\n{verdicts}");
    } else if !changes.is_empty() {
        let cells = many(changes.len() as u64, "cell");
        page += &format!("\nNo verdict changed, of {cells}.\n");
    }
    let differences = differences(now, before);
    if differences.is_empty() {
        page.push_str(&speeds(now, &changes));
    } else {
        let why = "Speeds are not compared, since the results differ in more than the code";
        let differences = list(differences.iter().map(|what| escape(what)));
        page += &format!("\n{why}:\n\n{differences}");
    }
    page
}

fn speeds(now: &Dossier, changes: &[Change]) -> String {
    let of = |title: &str, is: fn(&Change) -> bool| {
        let those = changes.iter().filter(|change| is(change));
        let told = list(those.filter_map(|change| {
            let speed = spread(change.speed?);
            Some(format!("{}: {speed}", cell(now, change)))
        }));
        let ratio = "than before, as a ratio, each beside its reference";
        match told.is_empty() {
            true => told,
            false => format!("\n{title} {ratio}:\n\n{told}"),
        }
    };
    let mut page = of("Slower", Change::is_slower) + &of("Faster", Change::is_faster);
    let measured = changes.iter().filter(|c| c.speed.is_some()).count();
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

fn list(items: impl Iterator<Item = String>) -> String {
    items.map(|item| format!("- {item}\n")).collect()
}
