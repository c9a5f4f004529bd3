//! What was planned and is not there, of results made by hand: what each page
//! makes of it, and how little it takes for nothing to be green.

use std::collections::BTreeSet;

use checkout_sim::explore::bounds::AllWithin;
use checkout_sim::load::Faults;
use checkout_sim::oracle::{Claim, Doubt, Evidence, Findings, Verdict, Violations, judge};
use checkout_sim::report::{
    Command, CutShort, Dossier, Expectation, Of, PlannedCell, Results, Status, Study, changes,
    conclusion, expectations, fault, page_to_terminal, to_csv, to_html, to_junit, to_markdown,
};
use checkout_sim::shop::Isolation;
use checkout_sim::subject::Strategy;
use quick_junit::Report as Junit;

use super::hand::{dossier, explored, holding, paced, safe_cell};

/// The first of two scenarios is done; a signal came before the second.
fn half() -> Results {
    let mut results = holding();
    let done = results.dossier.studies[0].clone();
    results.dossier.studies.push(Study {
        name: "second-sale".into(),
        title: "Second sale".into(),
        ..planned(done)
    });
    results.dossier.command = Command::Check;
    results.dossier.cut_short = Some(CutShort::Interrupted);
    results
}

/// The study before anything ran.
fn planned(mut study: Study) -> Study {
    if let Some(load) = &mut study.load {
        load.server = None;
        load.cells.iter_mut().for_each(|cell| cell.runs.clear());
    }
    if let Some(exploration) = &mut study.exploration {
        exploration.planned = exploration.plan().iter().map(|(cell, _)| *cell).collect();
        exploration.cells.clear();
    }
    study
}

fn n(all: &[Expectation], status: Status) -> usize {
    all.iter().filter(|e| e.status == status).count()
}

fn plain(results: &Results) -> String {
    anstream::adapter::strip_str(&page_to_terminal(results, 120)).to_string()
}

fn junit(results: &Results) -> Junit {
    Junit::deserialize_from_str(&to_junit(results).expect("plain data")).expect("JUnit XML")
}

/// Attack: TERM before the second of two files. "All 6 expectations hold", and
/// the second file nowhere.
#[test]
fn a_scenario_that_did_not_run_is_on_every_page() {
    let results = half();
    let all = expectations(&results.dossier);
    assert_eq!(all.len(), 18);
    assert_eq!((n(&all, Status::Holds), n(&all, Status::Skipped)), (9, 9));
    let of_second = junit(&results).test_suites.remove(1);
    assert_eq!(of_second.name.as_str(), "second-sale");
    assert_eq!((of_second.tests, of_second.skipped), (9, 9));

    let words = "1 of 2 scenarios did not run; 9 of 18 expectations hold, 9 were not run";
    let far = "interrupted after 6 of 12 runs and 3 of 6 explorations";
    let left = "3 verdicts under load, 3 verdicts over every schedule, 3 thresholds";
    let terminal = plain(&results);
    assert!(terminal.ends_with(&format!("\n{far}\n\n{words}\n")));
    assert!(
        terminal.contains(&format!("\nsecond-sale: not run: {left}\n")),
        "{terminal}"
    );
    assert!(terminal.contains("SKIP   second-sale"), "{terminal}");
    assert!(terminal.contains("3 cells x 2 runs of 500 buyers: not run · schedules of 2: not run"));
    assert!(terminal.contains("ok     flash-sale"), "{terminal}");

    let page = to_markdown(&results);
    let first = format!("### sim: {words}\n\nEnded early: {far}.\n");
    assert!(page.starts_with(&first), "{page}");
    assert!(
        page.contains(&format!("- **not run**, Second sale: {left}\n")),
        "{page}"
    );
    assert!(
        page.contains("| optimistic | not run / not run |\n"),
        "{page}"
    );

    assert_eq!(page.matches("<details>").count(), 1, "no costs of nothing");

    let page = to_html(&results);
    assert!(page.contains(words), "{page}");
    assert!(page.contains(&format!("It ended early: {far}.")));
    assert!(page.contains(&format!("<strong>second-sale: not run</strong>: {left}")));
    assert!(!page.contains("In 3 of 3 cells nothing was broken. Added up over 0"));
    assert_eq!(page.matches("<h3 id=\"broken-1\">").count(), 1);
    assert_eq!(
        page.matches("<h3 id=\"broken-2\">").count(),
        0,
        "no numbers of nothing"
    );
    assert!(page.contains("It was not run."));

    let rows = |results: &Results| to_csv(&results.dossier).expect("plain data");
    assert_eq!(rows(&results), rows(&holding()), "no row is invented");
    assert_eq!(
        conclusion(&results.dossier.studies[1]),
        "Nothing was tried."
    );
}

/// A signal skips, and a failure is an error; a file that was saved on the way by
/// a process that was killed says as much.
#[test]
fn what_is_missing_is_skipped_on_request_and_else_an_error() {
    let mut results = half();
    let state = |results: &Results| {
        let report = junit(results);
        (report.failures, report.errors, report.skipped)
    };
    assert_eq!(state(&results), (0, 0, 9));
    results.dossier.cut_short = Some(CutShort::Failed("no room\nfree some".into()));
    assert_eq!(state(&results), (0, 9, 0));
    let far = "failed after 6 of 12 runs and 3 of 6 explorations: no room";
    assert!(plain(&results).contains(&format!("\n{far}\n\n1 of 2")));
    assert!(
        to_junit(&results)
            .unwrap()
            .contains("message=\"not run: no room\"")
    );
    results.dossier.cut_short = None;
    assert_eq!(state(&results), (0, 9, 0));
    assert!(
        to_markdown(&results)
            .contains("Ended early: sim ended on the way, after 6 of 12 runs and ")
    );
}

/// One study with one cell, of which `planned` runs were planned.
fn alone(planned: u32, cell: checkout_sim::report::LoadCell) -> Dossier {
    let mut load = super::hand::load(vec![cell]);
    load.scenario.runs = planned;
    Dossier {
        scripts: Default::default(),
        cut_short: Some(CutShort::Interrupted),
        ..dossier(vec![super::hand::study("one", load)])
    }
}

/// Of five runs two were made: it neither holds nor fails. What those two broke
/// is proven all the same.
#[test]
fn fewer_runs_than_planned_hold_nothing() {
    let short = safe_cell(Strategy::RowLock, vec![paced(1, 9), paced(2, 9)]);
    let mut one = alone(5, short.clone());
    one.studies[0].thresholds = super::hand::thresholds(&["sold==9", "sold>9"]);
    let all = expectations(&one);
    let states: Vec<Status> = all.iter().map(|e| e.status).collect();
    assert_eq!(states, [Status::Skipped; 3]);
    let why = "expected safe, found inconclusive, but it ended after 2 of 5 runs: interrupted";
    assert_eq!(all[0].in_short(), why);
    let results = Results {
        dossier: one,
        against: None,
    };
    assert!(plain(&results).contains("2 of 5 runs"));
    assert!(to_markdown(&results).contains("| **inconclusive** (2 of 5 runs) |"));
    assert!(to_html(&results).contains("2 of 5 runs"));

    let control = super::hand::control(Strategy::Naive, vec![super::hand::oversold(1, 3)]);
    assert_eq!(
        expectations(&alone(1, control.clone()))[0].status,
        Status::Holds
    );
    assert_eq!(expectations(&alone(2, control))[0].status, Status::Skipped);
    let cure = safe_cell(Strategy::Naive, vec![super::hand::oversold(1, 3)]);
    assert_eq!(expectations(&alone(2, cure))[0].status, Status::Differs);
}

/// The last planned run was made, but not by every buyer.
#[test]
fn a_run_that_was_cut_short_holds_nothing() {
    let mut run = super::hand::oversold(1, 3);
    run.faults.interrupted = true;
    let control = |run| super::hand::control(Strategy::Naive, vec![run]);
    let status = |run| expectations(&alone(1, control(run)))[0].status;
    assert_eq!(
        status(run.clone()),
        Status::Holds,
        "every buyer came in time"
    );
    run.outcomes.not_started = 1;
    assert_eq!(status(run), Status::Skipped);
}

/// Attack: 391 of 600 buyers failed, and the rest bought in turn: `safe`.
#[test]
fn whatever_goes_wrong_is_an_error() {
    let with = |change: fn(&mut Faults)| {
        let mut run = paced(1, 209);
        run.outcomes.failed = 391;
        change(&mut run.faults);
        let mut one = alone(1, safe_cell(Strategy::RowLock, vec![run]));
        one.cut_short = None;
        one.studies[0].thresholds = super::hand::thresholds(&["sold>=1", "failed==0"]);
        one
    };
    let failed = with(|faults| {
        faults.messages = [("seldom".into(), 1), ("timeout".into(), 390)].into();
    });
    let why = "391 of 1,000 buyers failed: timeout";
    let states: Vec<Status> = expectations(&failed).iter().map(|e| e.status).collect();
    assert_eq!(states, [Status::Error; 3]);
    assert_eq!(fault(&failed).as_deref(), Some(why));
    let results = Results {
        dossier: failed.clone(),
        against: None,
    };
    for page in [
        to_junit(&results).unwrap(),
        to_markdown(&results),
        to_html(&results),
    ] {
        assert!(page.contains(&format!("but {why}")), "{page}");
    }
    assert!(plain(&results).contains("faults"));
    let lost = with(|faults| faults.server_lost = Some("gone".into()));
    assert_eq!(fault(&lost).as_deref(), Some("the server was lost: gone"));
    let unread = with(|faults| faults.not_audited = Some("no".into()));
    assert_eq!(
        fault(&unread).as_deref(),
        Some("the ledger could not be read: no")
    );
    assert_eq!(fault(&with(|_| ())), None);

    // Of several cells the first is named, and the others are counted.
    let mut two = failed.clone();
    two.studies.push(Study {
        name: "two".into(),
        ..failed.studies[0].clone()
    });
    let first = format!("one: row-lock at read-committed: {why}; and 1 more cell with a fault");
    assert_eq!(fault(&two), Some(first));
}

/// The same of every schedule of a few buyers.
#[test]
fn an_exploration_holds_when_it_is_done() {
    let of = |cells: Vec<_>, planned: &[Strategy]| {
        let mut exploration = super::hand::exploration(cells);
        exploration.planned = planned
            .iter()
            .map(|strategy| PlannedCell {
                cell: strategy.at(Isolation::ReadCommitted),
                expected: Some(Verdict::Safe.into()),
            })
            .collect();
        Dossier {
            command: Command::Explore,
            scripts: Default::default(),
            cut_short: Some(CutShort::Interrupted),
            ..dossier(vec![Study {
                exploration: Some(exploration),
                ..Study::untitled()
            }])
        }
    };
    let states = |dossier: &Dossier| -> Vec<Status> {
        expectations(dossier).iter().map(|e| e.status).collect()
    };
    let two = [Strategy::Atomic, Strategy::RowLock];
    let whole = explored(Strategy::Atomic, Verdict::Safe, 0);
    let partly = of(vec![whole.clone()], &two);
    assert_eq!(states(&partly), [Status::Holds, Status::Skipped]);
    let page = plain(&Results {
        dossier: partly,
        against: None,
    });
    let left = "1 cell not run: row-lock at read-committed\n";
    assert!(page.contains(left), "{page}");
    assert!(
        page.starts_with("interrupted after 1 of 2 cells\n"),
        "{page}"
    );
    let last = "interrupted after 1 of 2 cells\n\n1 of 2 expectations holds, 1 was not run\n";
    assert!(page.ends_with(last), "{page}");
    let none = of(Vec::new(), &two[..1]);
    assert_eq!(states(&none), [Status::Skipped]);
    let page = plain(&Results {
        dossier: none,
        against: None,
    });
    assert!(page.contains("NOT RUN  atomic at read-committed"), "{page}");
    // What was proven before the signal is wrong all the same.
    let interrupted = |oversold| {
        let mut cell = explored(Strategy::Atomic, Verdict::Safe, oversold);
        let findings = Violations {
            oversold,
            ..Violations::default()
        }
        .findings();
        let evidence = Evidence::Exploration {
            schedules: 1,
            exhausted: false,
        };
        cell.found.judgement = judge(&findings, vec![Doubt::Interrupted], evidence);
        states(&of(vec![cell], &two[..1]))
    };
    // Of a bound what was run within it is enough, and no other doubt may be left.
    let bounded = |switches, doubts: &[Doubt]| {
        let mut cell = explored(Strategy::Atomic, Verdict::Safe, 0);
        let evidence = Evidence::Exploration {
            schedules: 9,
            exhausted: false,
        };
        cell.expected = Some(Claim::SafeWithin(switches));
        cell.found.judgement = judge(&Findings::default(), doubts.to_vec(), evidence);
        cell.found.covered.exhausted = false;
        cell.found.covered.all_within = Some(AllWithin {
            switches: 2,
            schedules: 7,
        });
        states(&of(vec![cell], &two[..1]))
    };
    for (doubts, less) in [
        (&[Doubt::Interrupted][..], Status::Skipped),
        (&[], Status::Differs),
    ] {
        assert_eq!(bounded(1, doubts), [Status::Holds]);
        assert_eq!(bounded(2, doubts), [Status::Holds]);
        assert_eq!(bounded(3, doubts), [less]);
    }
    let failed = [Doubt::BuyersFailed, Doubt::NotExhausted];
    assert_eq!(bounded(2, &failed), [Status::Differs]);
    assert_eq!(interrupted(0), [Status::Skipped]);
    assert_eq!(interrupted(1), [Status::Differs]);
    let mut broken = whole;
    broken.found.fault = Some("gone".into());
    let broken = of(vec![broken], &two[..1]);
    assert_eq!(states(&broken), [Status::Error]);
    assert_eq!(fault(&broken).as_deref(), Some("gone"));
    // What is in the results belongs to the plan, whatever a file says.
    let extra = of(vec![explored(Strategy::Naive, Verdict::Safe, 1)], &two[..1]);
    assert_eq!(states(&extra), [Status::Skipped, Status::Differs]);
    assert_eq!(expectations(&extra)[1].of, Of::Exploration);
}

/// Every order of a few holds, and many buyers were to come, and did not: that
/// is no fix yet.
#[test]
fn what_was_explored_alone_is_no_fix() {
    let mut results = holding();
    for cell in &mut results.dossier.studies[0].load.as_mut().unwrap().cells {
        cell.runs.clear();
    }
    let text = conclusion(&results.dossier.studies[0]);
    assert!(
        text.starts_with("Nothing that was tried is proven to hold"),
        "{text}"
    );
    assert!(to_html(&results).contains("not run</span>"));
    assert!(to_markdown(&results).contains("| row-lock | not run / safe |"));
}

/// Nothing changed in a cell that did not run.
#[test]
fn what_did_not_run_is_held_against_nothing() {
    let mut results = half();
    let mut before = holding().dossier;
    before.studies.push(Study {
        name: "second-sale".into(),
        ..before.studies[0].clone()
    });
    let changes = changes(&results.dossier, &before);
    assert!(
        changes.iter().all(|change| change.study == "flash-sale"),
        "{changes:?}"
    );
    results.against = Some(before);
    assert!(!plain(&results).contains("second-sale: naive at read-committed: was"));
}

/// A saved result carries the whole plan and the reason: what is drawn from it
/// later is what was drawn then.
#[test]
fn a_saved_result_is_as_short_as_it_was() {
    let mut pages = BTreeSet::new();
    for command in [
        Command::Run,
        Command::Compare,
        Command::Check,
        Command::Explore,
    ] {
        let mut results = half();
        results.dossier.command = command;
        let read = Results {
            dossier: Dossier::read(&results.dossier.to_json()).expect("a dossier"),
            against: None,
        };
        pages.insert(plain(&results));
        assert_eq!(plain(&read), plain(&results));
        assert_eq!(to_markdown(&read), to_markdown(&results));
        assert!(
            plain(&read).starts_with("interrupted after 6 of 12 runs and 3 of 6 explorations\n"),
            "{command:?}"
        );
    }
    assert_eq!(pages.len(), 4, "each command has its own page");
}
