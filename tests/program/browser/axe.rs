//! axe-core on the page: what keeps readers out that see it badly, or not at all.
//!
//! Without axe-core nothing can be checked: then the tests say so, and fail where
//! `SIM_REQUIRE_AXE` is set.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use checkout_sim::report::{Results, to_html};
use serde_json::Value;

use super::{Opened, open, results};

/// Set where its absence is a failure.
const REQUIRED: &str = "SIM_REQUIRE_AXE";
const NOT_INSTALLED: &str = "no axe-core is installed (npm ci --prefix tests/browser)";

/// What keeps some readers from reading; `moderate` and `minor` are left to judgement.
const SEVERE: [&str; 2] = ["serious", "critical"];

/// The script, with which a page examines itself.
fn script() -> Option<String> {
    let file = "tests/browser/node_modules/axe-core/axe.min.js";
    let script = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).ok();
    if script.is_none() {
        assert!(std::env::var_os(REQUIRED).is_none(), "{NOT_INSTALLED}");
        // Not `eprintln!`, which is kept back when a test passes.
        let _ = writeln!(std::io::stderr(), "\n*** NOT RUN: {NOT_INSTALLED} ***");
    }
    script
}

/// A page that can examine itself, with all that is folded open.
fn open_with_axe(html: &str) -> Option<Opened> {
    let script = script()?;
    let mut page = open(html)?;
    page.browser.js(&script);
    page.browser
        .js("document.querySelectorAll('details').forEach(d => { d.open = true; })");
    Some(page)
}

impl Opened {
    /// What is severe, each as `rule: the elements`.
    fn violations(&mut self) -> Vec<String> {
        let run = "axe.run(document, { resultTypes: ['violations'], preload: false })
            .then(found => found.violations.map(v =>
              [v.impact, v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', ')]))";
        let found: Vec<(Value, String)> = serde_json::from_value(self.browser.js(run)).unwrap();
        let severe = found
            .into_iter()
            .filter(|(impact, _)| SEVERE.iter().any(|s| impact == s));
        severe.map(|(_, what)| what).collect()
    }
}

/// Alone, beside an older result, and among several studies.
fn pages() -> [Results; 2] {
    let mut compared = results().clone();
    compared.against = Some(compared.dossier.clone());
    let mut several = results().clone();
    let again = several.dossier.studies[0].clone();
    several.dossier.studies.push(again);
    [compared, several]
}

#[test]
fn nothing_keeps_a_reader_out() {
    for results in pages() {
        let Some(mut page) = open_with_axe(&to_html(&results)) else {
            return;
        };
        for scheme in ["light", "dark"] {
            page.browser.prefer(scheme);
            for width in [390, 1280] {
                page.browser.be_wide(width);
                let violations = page.violations();
                assert!(violations.is_empty(), "{scheme}, {width}: {violations:#?}");
            }
        }
    }
}

#[test]
fn what_keeps_a_reader_out_is_found() {
    for (planted, rule) in [
        ("<img src='data:,'>", "image-alt"),
        ("<button></button>", "button-name"),
        (
            "<p style='color: #ccc; background: #fff'>pale</p>",
            "color-contrast",
        ),
    ] {
        let html = to_html(results()).replace("</main>", &format!("{planted}</main>"));
        let Some(mut page) = open_with_axe(&html) else {
            return;
        };
        let found = page.violations();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(&format!("{rule}: ")), "{found:?}");
    }
}
