//! What is read back: dossiers, and nothing else.

use checkout_sim::oracle::Verdict;
use checkout_sim::report::{Dossier, FORMAT, Study, Unreadable};
use checkout_sim::subject::Strategy;
use serde_json::{Value, json};

use super::hand::{
    control, dossier, exploration, explored, load, oversold, paced_runs, safe_cell, study,
    thresholds,
};

fn full() -> Dossier {
    let cells = vec![
        control(Strategy::Naive, vec![oversold(1, 3)]),
        safe_cell(Strategy::Optimistic, paced_runs(&[100])),
    ];
    let naive = explored(Strategy::Naive, Verdict::Oversells, 1);
    let whole = Study {
        seen_in: vec!["https://example.org/a-shop".into()],
        thresholds: thresholds(&["optimistic: p(99.9)<=1.5s", "sold==100"]),
        exploration: Some(exploration(vec![naive])),
        ..study("flash-sale", load(cells))
    };
    dossier(vec![whole, Study::untitled()])
}

#[test]
fn a_dossier_is_read_as_it_was_written() {
    let written = full();
    let text = written.to_json();
    let read = Dossier::read(&text).expect("what was written can be read");
    assert_eq!(read, written);
    assert_eq!(read.to_json(), text);
}

fn refused(text: &str) -> Unreadable {
    Dossier::read(text).expect_err(text)
}

#[test]
fn what_is_no_json_is_refused() {
    for text in ["", "strategy,isolation\nnaive,serializable", "{", "{} {}"] {
        let refused = refused(text);
        assert!(
            matches!(refused, Unreadable::Malformed(_)),
            "{text}: {refused}"
        );
        assert!(refused.to_string().starts_with("not a result of sim: "));
    }
}

#[test]
fn json_of_another_kind_is_refused() {
    let others = [
        json!({}),
        json!([]),
        json!(null),
        json!("studies"),
        json!({ "name": "checkout-sim", "version": "0.1.0" }),
        // Without a format it is not known what it means.
        json!({ "studies": [] }),
        json!({ "format": "1", "studies": [] }),
        json!({ "format": -1, "studies": [] }),
    ];
    for other in others {
        let refused = refused(&other.to_string());
        assert!(matches!(refused, Unreadable::Unknown), "{other}: {refused}");
    }
    // The right kind, and not in its form.
    for broken in [
        json!({ "format": FORMAT }),
        json!({ "format": FORMAT, "studies": 5 }),
    ] {
        let refused = refused(&broken.to_string());
        assert!(
            matches!(refused, Unreadable::Malformed(_)),
            "{broken}: {refused}"
        );
    }
}

/// A newer form is not misread, whatever is in it: its number is told.
#[test]
fn another_format_is_refused_by_its_number() {
    let mut value: Value = serde_json::from_str(&full().to_json()).expect("JSON");
    for other in [FORMAT - 1, FORMAT + 5] {
        value["format"] = json!(other);
        let refused = refused(&value.to_string()).to_string();
        let told =
            format!("written in format {other}, and this version of sim reads format {FORMAT}");
        assert_eq!(refused, told);
    }
}

/// A value of the file is another one, and the rest as it was.
fn edited(pointer: &str, value: Value) -> Value {
    let mut file: Value = serde_json::from_str(&full().to_json()).expect("JSON");
    let place = file.pointer_mut(pointer);
    *place.unwrap_or_else(|| panic!("{pointer}")) = value;
    file
}

/// A verdict is not believed against the counts that it came of.
#[test]
fn a_verdict_that_its_counts_contradict_is_refused() {
    let safe = json!({ "verdict": "safe", "proven": [], "doubts": [] });
    let found = "/studies/0/exploration/cells/0/found";
    let load = "/studies/0/load/cells/0/runs/0/judgement";
    let mut edits = vec![
        edited(&format!("{found}/judgement"), safe.clone()),
        edited(&format!("{found}/endings/0/findings"), json!([])),
        edited(&format!("{found}/endings"), json!([])),
        edited(load, safe.clone()),
    ];
    // Nothing is broken, and not all was tried.
    let mut partly = edited(&format!("{found}/judgement"), safe);
    for (key, value) in [("endings", json!([])), ("covered/exhausted", json!(false))] {
        let place = partly.pointer_mut(&format!("{found}/{key}"));
        *place.expect(key) = value;
    }
    edits.push(partly);
    for edit in edits {
        let refused = refused(&edit.to_string());
        assert!(matches!(refused, Unreadable::Contradiction(_)), "{refused}");
    }
}

/// The page of a browser divides and multiplies by it.
#[test]
fn a_timeline_that_no_run_has_is_refused() {
    let timeline = "/studies/0/load/cells/0/runs/0/timing/timeline";
    for slice_us in [u64::MAX, 3, 7_000, 2_000_000_000_000_000] {
        let edit = edited(&format!("{timeline}/slice_us"), json!(slice_us));
        let refused = refused(&edit.to_string()).to_string();
        assert!(refused.contains(&slice_us.to_string()), "{refused}");
    }
    for slice_us in [0, 1_000, 2_000, 500_000_000] {
        let edit = edited(&format!("{timeline}/slice_us"), json!(slice_us));
        assert!(Dossier::read(&edit.to_string()).is_ok(), "{slice_us}");
    }
    let endless = edited(&format!("{timeline}/sold"), json!(vec![0; 2_000]));
    refused(&endless.to_string());
}
