//! How often a counterexample came again, as pages say it.

use checkout_sim::explore::reproduced::Reproduced;
use checkout_sim::oracle::Verdict;
use checkout_sim::report::{
    Dossier, Results, Study, exploration_to_terminal, to_html, to_junit, to_markdown,
};
use checkout_sim::subject::Strategy;
use serde_json::Value;

use super::hand::{dossier, exploration, explored};

/// A fix that oversells, beside another cell where `is_table`.
fn found(reproduced: Option<Reproduced>, is_table: bool) -> Results {
    let mut broken = explored(Strategy::Atomic, Verdict::Safe, 1);
    broken.found.reproduced = reproduced;
    let others = is_table.then(|| explored(Strategy::RowLock, Verdict::Safe, 0));
    let cells = [broken].into_iter().chain(others).collect();
    let study = Study {
        exploration: Some(exploration(cells)),
        ..Study::untitled()
    };
    Results {
        dossier: dossier(vec![study]),
        against: None,
    }
}

fn terminal(results: &Results) -> String {
    let explored = results.dossier.studies[0].exploration.as_ref();
    let page = exploration_to_terminal(explored.expect("explored"), 200);
    anstream::adapter::strip_str(&page).to_string()
}

fn junit(results: &Results) -> String {
    to_junit(results).expect("a page")
}

fn of_ten(times: u32) -> Option<Reproduced> {
    Some(Reproduced { times, of: 10 })
}

#[test]
fn every_page_says_how_often_it_came_again() {
    let decides = "reproduced 7 of 10: the server decides";
    for (times, says) in [(10, "reproduced 10 of 10"), (7, decides)] {
        let results = found(of_ten(times), false);
        let in_terminal = format!(", 0 steps\n{says}\n");
        assert!(terminal(&results).contains(&in_terminal), "{in_terminal}");
        let in_markdown = format!("  - {says}\n  - again: sim replay");
        assert!(
            to_markdown(&results).contains(&in_markdown),
            "{in_markdown}"
        );
        let in_html = format!("of the schedules tried; this one {says}</li>");
        assert!(to_html(&results).contains(&in_html), "{in_html}");
        assert!(junit(&results).contains(says));
    }
}

/// In a table what came again each time is no news.
#[test]
fn a_table_names_what_did_not_come_again() {
    let table = |times| terminal(&found(of_ten(times), true));
    assert!(table(7).contains("reproduced 7 of 10: the server decides"));
    assert!(!table(10).contains("reproduced"));
}

/// Of the model in memory, and of results that were saved before this was asked.
#[test]
fn what_was_not_run_again_is_not_told() {
    let results = found(None, false);
    for page in [
        terminal(&results),
        to_markdown(&results),
        to_html(&results),
        junit(&results),
    ] {
        assert!(!page.contains("reproduced"), "{page}");
    }
    let written = found(of_ten(7), false).dossier;
    let read = |file: &Value| Dossier::read(&file.to_string()).expect("a result");
    let mut file: Value = serde_json::from_str(&written.to_json()).expect("JSON");
    assert_eq!(read(&file), written);
    let place = "/studies/0/exploration/cells/0/found";
    let cell = file.pointer_mut(place).and_then(Value::as_object_mut);
    cell.expect("found").remove("reproduced").expect("written");
    assert_eq!(read(&file), results.dossier);
}
