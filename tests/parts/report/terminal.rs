//! What people read at a terminal, of results made by hand.

use checkout_sim::cell::Subject;
use checkout_sim::oracle::Violations;
use checkout_sim::report::{
    self, Command, Report, Results, page_to_terminal, to_csv, to_html, to_markdown,
};
use checkout_sim::shop::Isolation;
use checkout_sim::subject::Strategy;

use super::hand::{dossier, failing, holding, load, safe_cell, study};
use super::{broke, cell, judged, report, run};

/// Colours are for terminals; the words are the same.
fn plain(page: &str) -> String {
    anstream::adapter::strip_str(page).to_string()
}

/// At a width at which no table has to leave anything out, and no sentence is broken.
fn comparison_to_terminal(results: &Results) -> String {
    report::comparison_to_terminal(results, 200)
}

fn to_terminal(load: &Report) -> String {
    report::to_terminal(load, 200)
}

/// The page of a command on terminals of every usual width. No line is longer than one.
fn at_every_width(results: &Results, command: Command) -> String {
    let mut results = results.clone();
    results.dossier.command = command;
    let mut pages = String::new();
    for columns in [60, 80, 100, 120, 200] {
        let page = plain(&page_to_terminal(&results, columns));
        for line in page.lines() {
            assert!(line.chars().count() <= columns, "{columns}: {line}");
        }
        pages += &format!("{}\n{page}\n", "=".repeat(columns));
    }
    pages
}

#[test]
fn a_comparison_reads_well() {
    insta::assert_snapshot!(at_every_width(&holding(), Command::Compare));
}

#[test]
fn a_comparison_says_what_does_not_hold() {
    insta::assert_snapshot!(plain(&page_to_terminal(&failing(), 80)));
}

#[test]
fn a_run_reads_well() {
    insta::assert_snapshot!(at_every_width(&holding(), Command::Run));
    let mut one = holding();
    let load = one.dossier.studies[0].load.as_mut().expect("a load");
    load.cells.drain(..2);
    insta::assert_snapshot!("a_run_of_one_cell", at_every_width(&one, Command::Run));
}

#[test]
fn a_check_reads_well() {
    insta::assert_snapshot!(at_every_width(&holding(), Command::Check));
}

#[test]
fn a_check_says_what_does_not_hold() {
    let mut failing = failing();
    failing.dossier.command = Command::Check;
    insta::assert_snapshot!(plain(&page_to_terminal(&failing, 80)));
}

#[test]
fn rows_for_other_programs() {
    insta::assert_snapshot!(to_csv(&holding().dossier).expect("plain data"));
}

/// The verdict is coloured, and nothing else that reads like it.
#[test]
fn a_verdict_is_coloured_in_its_column_alone() {
    let mut cells = vec![cell(vec![run(1, 50)]), cell(vec![run(1, 50)])];
    cells[0].cell.subject = Subject::of("safe-at-home");
    for page in [
        to_terminal(&load(cells.clone())),
        comparison_to_terminal(&Results {
            dossier: dossier(vec![study("", load(cells))]),
            against: None,
        }),
    ] {
        let row = page.lines().find(|line| line.contains("safe-at-home"));
        let green = "\u{1b}[1m\u{1b}[32msafe\u{1b}[0m";
        let expected = format!("safe-at-home  {green}");
        assert!(row.is_some_and(|row| row.starts_with(&expected)), "{row:?}");
    }
}

/// A harness that is slower than what it measures must say so, and only then.
#[test]
fn a_busy_client_is_told() {
    let elapsed_us = run(1, 50).elapsed_us;
    let busy_for = |busy_us| {
        let mut busy = run(1, 50);
        busy.client_busy_us = busy_us;
        cell(vec![busy])
    };
    let page = |cells| plain(&to_terminal(&report(cells)));
    let warning = "may be what is measured here";
    let busy = page(vec![busy_for(elapsed_us)]);
    assert!(busy.contains("sim itself was busy 100.0 % of"), "{busy}");
    assert!(busy.contains(warning), "{busy}");
    let has_time = page(vec![busy_for(elapsed_us / 2)]);
    assert!(!has_time.contains("sim itself"), "{has_time}");
    // Of several cells it is said once.
    let mut several = vec![busy_for(elapsed_us), busy_for(elapsed_us / 2)];
    several[1].cell.level = Isolation::RepeatableRead;
    let one = page(several.clone());
    assert!(
        one.contains("in 1 of 2 cells sim itself was busy up to 100.0 % of"),
        "{one}"
    );
    several[1].runs[0].client_busy_us = elapsed_us;
    let both = page(several);
    assert!(both.contains("in 2 of 2 cells sim"), "{both}");
    assert_eq!(both.matches("sim itself was busy").count(), 1, "{both}");
}

/// A saved finding of a rule that this version does not know stands on every page, by
/// the name and the unit that it was saved with.
#[test]
fn a_rule_that_is_not_known_is_shown_by_its_name() {
    let saved = r#"[{"rule":"double_bookings","count":7351,"unit":"seat","verdict":"oversells"}]"#;
    let mut broken = run(1, 50);
    broken.findings = serde_json::from_str(saved).expect("findings");
    let load = load(vec![safe_cell(Strategy::Naive, vec![judged(broken, &[])])]);
    let one = plain(&to_terminal(&load));
    assert!(one.contains("double_bookings 7,351 seats"), "{one}");
    let results = Results {
        dossier: dossier(vec![study("sale", load)]),
        against: None,
    };
    let pages = [
        plain(&comparison_to_terminal(&results)),
        to_markdown(&results),
        to_html(&results),
    ];
    for page in pages {
        assert!(
            page.contains("double_bookings") && page.contains("7,351"),
            "{page}"
        );
    }
}

/// A cell that breaks one kind of rule stands in a table with that number: it is
/// never called broken beside zeros alone.
#[test]
fn what_is_broken_has_a_column() {
    let breaks: [fn(&mut Violations) -> &mut u64; 9] = [
        |v| &mut v.oversold,
        |v| &mut v.lost_updates,
        |v| &mut v.leaked_stock,
        |v| &mut v.negative_stock,
        |v| &mut v.duplicate_orders,
        |v| &mut v.partial_orders,
        |v| &mut v.missing_orders,
        |v| &mut v.unpromised_orders,
        |v| &mut v.unsold,
    ];
    let mut headings = Vec::new();
    for kind in breaks {
        let mut broken = run(1, 50);
        broke(&mut broken, |violations| *kind(violations) = 7_351);
        let runs = vec![judged(broken, &[])];
        let cells = vec![
            safe_cell(Strategy::RowLock, vec![run(1, 50)]),
            safe_cell(Strategy::Naive, runs),
        ];
        let load = load(cells);
        let run_page = plain(&to_terminal(&load));
        let results = Results {
            dossier: dossier(vec![study("sale", load)]),
            against: None,
        };
        let compared = plain(&comparison_to_terminal(&results));
        for page in [&run_page, &compared] {
            let row = page.lines().find(|line| line.starts_with("naive"));
            let row = row.expect("a row of the broken cell");
            assert!(row.contains(" 7,351 "), "{page}");
        }
        let markdown = to_markdown(&results);
        assert!(markdown.contains("| 7,351 |"), "{markdown}");
        let html = to_html(&results);
        assert!(html.contains("7,351"), "no 7,351 on the page");
        let heading = compared.lines().find(|line| line.starts_with("strategy"));
        headings.push(heading.expect("a heading").to_owned());
    }
    let distinct = headings.iter().collect::<std::collections::BTreeSet<_>>();
    assert_eq!(distinct.len(), 9, "each kind has a column of its own");
}
