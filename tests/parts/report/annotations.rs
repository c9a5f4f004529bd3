//! Annotations for GitHub: the line of the file that states what does not hold.

use checkout_sim::oracle::Verdict;
use checkout_sim::report::{CutShort, Results, SourceFile, to_annotations};
use checkout_sim::subject::Strategy;

use super::hand::{control, dossier, failing, holding, load, study};
use super::run;

const SALE: &str = "title = 'Sale'
thresholds = [
  'p(99)<50ms',
  'sold==50',
  'versioned: p(99)<5ms',
]
[expect.load]
naive = 'oversells'
";

const EXPLORED: &str = "title = 'Explored'
[expect.load]
atomic = 'safe'
[expect.explore.guarded-decrement]
repeatable-read = 'safe'
read-committed = 'safe'
";

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.into(),
        text: text.into(),
    }
}

fn annotations(results: &Results, files: &[SourceFile]) -> Vec<String> {
    let text = to_annotations(results, files);
    text.lines().map(str::to_owned).collect()
}

/// The annotation that begins so, of which there is one.
#[track_caller]
fn the<'l>(lines: &'l [String], start: &str) -> &'l str {
    let found: Vec<_> = lines.iter().filter(|l| l.starts_with(start)).collect();
    assert_eq!(found.len(), 1, "{start} in {lines:#?}");
    found[0]
}

#[test]
fn what_does_not_hold_is_annotated_where_the_file_states_it() {
    let files = [file("scenarios/sale.toml", SALE), file("x.toml", EXPLORED)];
    let lines = annotations(&failing(), &files);
    let at = "::error file=scenarios/sale.toml,line";
    the(
        &lines,
        &format!("{at}=8::naive at read-committed: load: expected oversells, found safe%0A"),
    );
    the(
        &lines,
        &format!("{at}=5::optimistic at read-committed: threshold: expected p(99)<5ms"),
    );
    // A fault: of a cell that the file does not name, so the table stands for it.
    the(
        &lines,
        &format!("{at}=7::row-lock at read-committed: load: "),
    );
    the(
        &lines,
        &format!("{at}=3::row-lock at read-committed: threshold: "),
    );
    the(
        &lines,
        &format!("{at}=1::optimistic at read-committed: slower than the baseline: "),
    );
    // By another name and at its level.
    let explored = the(
        &lines,
        "::error file=x.toml,line=6::atomic at read-committed: exploration: ",
    );
    assert!(
        explored.contains("%0Aagain: sim replay --strategy atomic --on memory --schedule AABB")
    );
    assert_eq!(lines.len(), 6, "{lines:#?}");
}

#[test]
fn what_holds_is_not_annotated() {
    assert_eq!(to_annotations(&holding(), &[file("sale.toml", SALE)]), "");
}

/// What is not proven is a warning, and so is what an interrupt left out, once a file.
#[test]
fn what_is_not_known_is_a_warning() {
    let unproven = run(1, 0);
    assert_eq!(unproven.judgement.verdict, Verdict::Inconclusive);
    let cells = vec![control(Strategy::Naive, vec![unproven])];
    let mut results = Results {
        dossier: dossier(vec![study("sale", load(cells))]),
        against: None,
    };
    let files = [file("sale.toml", SALE)];
    let lines = annotations(&results, &files);
    the(
        &lines,
        "::warning file=sale.toml,line=8::naive at read-committed: load: ",
    );
    assert_eq!(lines.len(), 1, "{lines:#?}");

    let cells = [Strategy::Naive, Strategy::RowLock].map(|one| control(one, Vec::new()));
    results.dossier = dossier(vec![study("sale", load(cells.into()))]);
    results.dossier.cut_short = Some(CutShort::Interrupted);
    let lines = annotations(&results, &files);
    assert_eq!(
        lines,
        ["::warning file=sale.toml,line=1::2 expectations: not run: interrupted"]
    );
    results.dossier.cut_short = Some(CutShort::Failed("100 % lost\nfor good".into()));
    let lines = annotations(&results, &files);
    assert_eq!(
        lines,
        ["::error file=sale.toml,line=1::2 expectations: not run: 100 %25 lost"]
    );
}

/// Nothing in a path or a message ends the annotation, or begins another one.
#[test]
fn what_separates_is_escaped() {
    let mut results = failing();
    let cells = &mut results.dossier.studies[0].load.as_mut().unwrap().cells;
    let faults = &mut cells[1].runs[0].faults.messages;
    *faults = [("lost, 5 %:\r\n::error::\u{1b}[8mforged".into(), 1)].into();
    let files = [file("a,b:c%\n::error::d.toml", "no = [toml")];
    let lines = annotations(&results, &files);
    for line in &lines {
        let path = "a%2Cb%3Ac%25%0A%3A%3Aerror%3A%3Ad.toml";
        assert!(
            line.starts_with(&format!("::error file={path},line=1::")),
            "{line}"
        );
        assert!(!line.contains(['\r', '\u{1b}']), "{line}");
    }
    let of_fault = lines.iter().find(|line| line.contains("forged"));
    let of_fault = of_fault.expect("the fault is told");
    assert!(
        of_fault.contains("lost, 5 %25:%0D%0A::error::"),
        "{of_fault}"
    );
}
