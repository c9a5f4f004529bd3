//! The page as text: it holds everything, asks for nothing, and says the same
//! of the same results.

use crate::fixture::sim;
use crate::study;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use checkout_sim::oracle::Findings;
use checkout_sim::oracle::Verdict;
use checkout_sim::report::{Results, conclusion, to_html};
use checkout_sim::scenario::Threshold;
use checkout_sim::shop::Isolation;
use checkout_sim::subject::Strategy;

/// Exploring takes a moment; every test may change a copy.
fn results() -> Results {
    static RESULTS: OnceLock<Results> = OnceLock::new();
    RESULTS.get_or_init(study::results).clone()
}

/// Every value of an attribute.
fn values<'p>(page: &'p str, attribute: &str) -> Vec<&'p str> {
    let opening = format!(" {attribute}=\"");
    let after = page.split(opening.as_str()).skip(1);
    after.map(|rest| rest.split('"').next().unwrap()).collect()
}

#[track_caller]
fn assert_says(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "no {text:?}");
    }
}

#[test]
fn every_section_is_there() {
    let page = to_html(&results());
    assert_says(
        &page,
        &[
            "<span class=\"whole\">check-then-decrement</span>",
            "<title>The last unit: 1 of 6 break.",
            "The last unit</h2>",
            "All want it.",
            "shop#1",
            &conclusion(&results().dossier.studies[0]),
            ">Verdicts</h3>",
            ">What the words mean</h3>",
            ">What was broken</h3>",
            ">What each costs</h3>",
            "<h4>Latency by percentile</h4>",
            "<h4>Buyers who wanted other products</h4>",
            "<h4>Goodput against conflicts</h4>",
            "<h4>Tries of a checkout</h4>",
            ">How each is written</h3>",
            ">Where this comes from</h2>",
            "sim compare last-unit.toml",
            "<h4>Sales a second, as a multiple of the reference</h4>",
            "<h4>Sales over time</h4>",
            ">The race, step by step</h3>",
            "Small shop: 2 buyers, 1 in stock.",
            "sim replay --strategy check-then-decrement --on memory --schedule AABBBBBAAA",
            "As expected: all 12 expectations hold",
            ">Configuration</h3>",
            "How to read this page",
            "2023-11-14 22:13 UTC",
        ],
    );
}

#[test]
fn a_load_alone_and_an_exploration_alone_have_their_sections() {
    let mut only_load = results();
    only_load.dossier.studies[0].exploration = None;
    let page = to_html(&only_load);
    assert_says(&page, &["What each costs", "Verdicts"]);
    assert!(!page.contains("The race, step") && !page.contains("every schedule tried"));

    let mut only_exploration = results();
    only_exploration.dossier.studies[0].load = None;
    let page = to_html(&only_exploration);
    let safe_and_broken = [
        "every schedule tried (92): safe",
        "</a> in 80 of 92 schedules</span>",
    ];
    assert_says(&page, &["The race, step"]);
    assert_says(&page, &safe_and_broken);
    assert!(
        !page.contains("every schedule tried (92): <a"),
        "not in every one"
    );
    assert!(!page.contains("What each costs") && !page.contains("Latency by percentile"));
    // Only what the page speaks of is explained.
    assert_says(&page, &["<dt>schedule</dt>", "<dt>small shop</dt>"]);
    assert!(!page.contains("<dt>conflict</dt>") && !page.contains("<dt>Intervals</dt>"));
    let both = to_html(&results());
    assert_says(
        &both,
        &[
            "<dt>conflict</dt>",
            "<dt>reference</dt>",
            "<dt>Intervals</dt>",
        ],
    );

    let empty = Results {
        dossier: study::dossier(Vec::new()),
        against: None,
    };
    assert_says(&to_html(&empty), &["There is nothing to show."]);
}

#[test]
fn several_studies_have_a_table_that_leads_to_each() {
    let mut results = results();
    let mut other = results.dossier.studies[0].clone();
    other.name = "other".into();
    other.title = "Another shop".into();
    results.dossier.studies.push(other);
    let page = to_html(&results);
    assert_says(
        &page,
        &["2 scenarios", "href=\"#study-1\"", "href=\"#study-2\""],
    );
}

#[test]
fn ids_are_unique_and_links_lead_somewhere() {
    let mut results = results();
    results.against = Some(results.dossier.clone());
    let again = results.dossier.studies[0].clone();
    results.dossier.studies.push(again);
    let page = to_html(&results);
    let ids = values(&page, "id");
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
    let links = values(&page, "href");
    let within: Vec<&str> = links
        .iter()
        .filter_map(|link| link.strip_prefix('#'))
        .collect();
    assert!(within.len() > 4, "{links:?}");
    let described = values(&page, "aria-labelledby");
    for id in within.iter().chain(&described) {
        assert!(unique.contains(id), "nothing has the id {id}");
    }
}

#[test]
fn nothing_is_fetched() {
    let page = to_html(&results());
    for reference in [
        "http://", "https://", " src=", "url(", "@import", "<iframe", "<img",
    ] {
        assert!(!page.contains(reference), "{reference}");
    }
    let links = values(&page, "href");
    let elsewhere = |link: &&&str| !link.starts_with('#') && !link.starts_with("data:");
    assert_eq!(links.iter().find(elsewhere), None);
}

#[test]
fn what_a_scenario_says_is_no_markup() {
    const HOSTILE: &str = "<script>alert('1')</script>\"><b>&";
    let mut results = results();
    let study = &mut results.dossier.studies[0];
    study.title = HOSTILE.into();
    study.about = HOSTILE.into();
    study.seen_in = vec![HOSTILE.into()];
    study.name = HOSTILE.into();
    let load = study.load.as_mut().unwrap();
    load.server
        .as_mut()
        .unwrap()
        .settings
        .insert(HOSTILE.into(), HOSTILE.into());
    let page = to_html(&results);
    assert!(!page.contains("<script>alert") && !page.contains("<b>"));
    assert!(page.matches("&lt;script&gt;alert").count() >= 5);
}

#[test]
fn the_same_results_give_the_same_page() {
    let results = results();
    assert_eq!(to_html(&results), to_html(&results));
}

#[test]
fn what_does_not_hold_stands_at_the_top() {
    let mut results = results();
    let rule: Threshold = "sold==1".parse().unwrap();
    results.dossier.studies[0].thresholds = vec![rule];
    let page = to_html(&results);
    // Five cells are expected to be safe.
    assert_says(
        &page,
        &[
            "5 of 17 expectations do not hold",
            "expected sold==1, found 100",
        ],
    );
    assert!(page.find("do not hold") < page.find(">Verdicts</h3>"));
    assert!(!page.contains("As expected"));
}

#[test]
fn a_verdict_that_was_not_expected_is_marked() {
    let mut results = results();
    let load = results.dossier.studies[0].load.as_mut().unwrap();
    assert!(!to_html(&study::results()).contains("class=\"surprise\""));
    load.cells[0].expected = Some(Verdict::Safe);
    assert_says(
        &to_html(&results),
        &["<span class=\"surprise\">expected: safe</span>"],
    );
}

#[test]
fn then_and_now_are_told_apart() {
    let mut results = results();
    let mut old = results.dossier.clone();
    let load = old.studies[0].load.as_mut().unwrap();
    load.server.as_mut().unwrap().version = "14.1".into();
    load.cells
        .retain(|cell| cell.cell.subject != Strategy::RowLock.subject());
    // It did not fail then.
    for run in &mut load.cells[0].runs {
        run.findings = Findings::default();
    }
    results.against = Some(old);
    let page = to_html(&results);
    assert_says(
        &page,
        &[
            "Then and now",
            "server version is &quot;15.18&quot;, and was &quot;14.1&quot;",
            "1 changed their verdict",
            "Unchanged: ",
        ],
    );
    assert!(!to_html(&study::results()).contains("Then and now"));
}

#[test]
fn the_conclusion_names_fixes_costs_and_failures() {
    let mut study = results().dossier.studies.remove(0);
    assert_eq!(
        conclusion(&study),
        "These hold: optimistic and row-lock at every isolation level, and check-then-decrement at \
         repeatable-read; of the fixes check-then-decrement at repeatable-read costs least (1.02 \
         times the sales a second of optimistic at read-committed, 95 % interval 0.76 to 1.37), but optimistic at \
         read-committed and row-lock at read-committed cannot be told from it; proven to oversell: check-then-decrement at \
         read-committed."
    );
    for cell in &mut study.load.as_mut().unwrap().cells {
        cell.runs.truncate(1);
    }
    study.load.as_mut().unwrap().scenario.runs = 1;
    let one_run = conclusion(&study);
    assert!(
        one_run.contains("one run: no spread; raise --runs"),
        "{one_run}"
    );
    assert!(!one_run.contains("cannot be told"), "{one_run}");
}

/// What an interrupt kept from being explored is no fix, however well it did
/// under load.
#[test]
fn what_was_left_out_is_not_called_a_fix() {
    let mut study = results().dossier.studies.remove(0);
    let explored = &mut study.exploration.as_mut().unwrap().cells;
    explored.retain(|cell| cell.cell.subject != Strategy::RowLock.subject());
    let text = conclusion(&study);
    assert!(
        text.starts_with("These hold: optimistic at every"),
        "{text}"
    );
    assert!(
        text.contains("nothing is proven of row-lock at every"),
        "{text}"
    );
}

#[test]
fn costs_that_cannot_be_compared_are_not() {
    let mut study = results().dossier.studies.remove(0);
    let best_is_reference = {
        study.reference = Some(Strategy::CheckThenDecrement.at(Isolation::RepeatableRead));
        conclusion(&study)
    };
    let text = "of the fixes check-then-decrement at repeatable-read costs least (what the \
                others are compared with), but optimistic";
    assert!(best_is_reference.contains(text), "{best_is_reference}");

    study.reference = Some(Strategy::CheckThenDecrement.at(Isolation::ReadCommitted));
    let broken_reference = conclusion(&study);
    let text = "their costs cannot be compared with check-then-decrement at read-committed";
    assert!(broken_reference.contains(text), "{broken_reference}");
}

#[test]
fn a_run_that_was_cut_short_can_be_shown() {
    let mut results = results();
    let load = results.dossier.studies[0].load.as_mut().unwrap();
    load.cells[0].runs.clear();
    load.cells[1].runs.truncate(1);
    let page = to_html(&results);
    assert_says(&page, &["not run</span>", "1 of 3 runs", "What each costs"]);
    assert!(!page.contains("NaN") && !page.contains(">inf"), "{page}");
    let load = results.dossier.studies[0].load.as_mut().unwrap();
    load.cells.iter_mut().for_each(|cell| cell.runs.clear());
    let page = to_html(&results);
    assert_says(&page, &["not run</span>", "every schedule tried"]);
    // Of nothing there are no numbers.
    assert!(!page.contains("What each costs") && !page.contains("What was broken"));
    assert!(!page.contains("NaN") && !page.contains(">inf"), "{page}");
}

#[test]
fn a_strategy_holds_only_where_load_and_exploration_agree() {
    let mut study = results().dossier.studies.remove(0);
    // Under load it broke nothing.
    for run in &mut study.load.as_mut().unwrap().cells[0].runs {
        run.findings = Findings::default();
    }
    let text = conclusion(&study);
    assert!(
        text.contains("proven to oversell: check-then-decrement at read-committed"),
        "{text}"
    );
    study.load = None;
    let explored = conclusion(&study);
    assert!(
        explored.starts_with("These hold in the small shop: "),
        "{explored}"
    );
    assert!(!explored.contains("sells most"), "{explored}");
    study.exploration = None;
    assert_eq!(conclusion(&study), "Nothing was tried.");
}

/// The captions of the simplest schedule that fails, and none where nothing fails.
#[test]
fn deadly_steps_say_what_a_buyer_believes_and_what_is_true() {
    let captions = |call: &str| {
        let done = sim(&format!("explore {call}")).json().run();
        let mut study = results().dossier.studies.remove(0);
        (study.load, study.exploration) = (None, Some(done.exploration()));
        let page = to_html(&Results {
            dossier: study::dossier(vec![study]),
            against: None,
        });
        let captions = page.split("<strong class=\"deadly\"").skip(1);
        let text = captions.map(|c| c.split(['>', '<']).nth(1).unwrap().to_owned());
        text.collect::<Vec<_>>()
    };
    let cases: [(&str, &[&str]); 9] = [
        (
            "-s check-then-update",
            &["A still believes 1, and overwrites B's 0"],
        ),
        (
            "-s check-then-decrement",
            &["A still believes 1, and B left 0", "the stock falls to -1"],
        ),
        (
            "-s naive",
            &["B saw 0, and sells all the same", "the stock falls to -1"],
        ),
        ("-s blind-decrement", &["the stock falls to -1"]),
        (
            "-s version-ignored",
            &["A changed no row, and sells all the same"],
        ),
        (
            "-s autocommit --crash",
            &["A took from the stock, and has no order"],
        ),
        (
            "-s check-then-update --lines 2 --stock 2",
            &["A still believes 2 of product 1, and overwrites B's 1"],
        ),
        ("-s optimistic --max-tries 3", &[]),
        ("-s row-lock", &[]),
    ];
    for (call, expected) in cases {
        let known = format!("--on memory {call}");
        assert_eq!(captions(&known), expected, "{call}");
    }
    // Of the same in text on a server it is read from the text.
    let scripts = std::path::absolute("scenarios/scripts").unwrap();
    for (call, expected) in [cases[0], cases[1], cases[4], cases[6]] {
        let (name, shop) = call
            .trim_start_matches("-s ")
            .split_once(' ')
            .unwrap_or((&call[3..], ""));
        let text = format!("--strategy {}/{name}.sql {shop}", scripts.display());
        assert_eq!(captions(&text), expected, "{call}");
    }
}

/// Where times can be compared, each number says by how much it changed; elsewhere none.
#[test]
fn numbers_stand_beside_those_of_an_older_result() {
    let mut results = results();
    let mut old = results.dossier.clone();
    for cell in &mut old.studies[0].load.as_mut().unwrap().cells {
        cell.runs.iter_mut().for_each(|run| run.elapsed_us *= 2);
    }
    results.against = Some(old);
    let page = to_html(&results);
    let deltas = page.split("<small class=\"delta\">").skip(1);
    let deltas: Vec<&str> = deltas.map(|rest| rest.split('<').next().unwrap()).collect();
    assert!(deltas.contains(&"↑ 100 %"), "{deltas:?}");
    assert!(deltas.contains(&"="), "{deltas:?}");
    let old = results.against.as_mut().unwrap();
    old.studies[0].load.as_mut().unwrap().scenario.buyers += 1;
    assert!(!to_html(&results).contains("class=\"delta\""));
}

/// Where a scenario was seen can be looked up, and nothing else leads elsewhere.
#[test]
fn issues_are_links() {
    let mut results = results();
    results.dossier.studies[0].seen_in = vec!["magento2#1".into(), "a talk, 2017".into()];
    let page = to_html(&results);
    assert_says(
        &page,
        &[
            "<a href=\"https://github.com/magento/magento2/issues/1\" rel=\"noreferrer\">magento2#1</a>",
            "a talk, 2017",
        ],
    );
    assert_eq!(page.matches("https://").count(), 1);
}

/// A chart in which all stand on one line says nothing.
#[test]
fn charts_without_differences_are_left_out() {
    let mut results = results();
    for cell in &mut results.dossier.studies[0].load.as_mut().unwrap().cells {
        for run in &mut cell.runs {
            run.effort.conflicts.clear();
            run.effort.checkouts_by_tries = [(1, 500)].into();
        }
    }
    let page = to_html(&results);
    assert!(!page.contains("Goodput against conflicts") && !page.contains("Tries of a checkout"));
    assert_says(&page, &["Latency by percentile"]);
}

/// Beside what was not expected, what was is calm.
#[test]
fn red_as_expected_is_told_from_red_that_is_not() {
    let mut results = results();
    assert_says(
        &to_html(&results),
        &["<td class=\"bad foreseen\"", "What breaks was expected"],
    );
    let study = &mut results.dossier.studies[0];
    study.load.as_mut().unwrap().cells[0].expected = Some(Verdict::Safe);
    let page = to_html(&results);
    assert_says(&page, &["<td class=\"bad\""]);
    assert!(!page.contains("bad foreseen"));
}
