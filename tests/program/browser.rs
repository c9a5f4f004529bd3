//! The page in a browser: what its switches do, that it asks for nothing, and
//! that it can be read on a phone and in the dark.
//!
//! Without a Chromium nothing can be checked: then the tests say so, and fail
//! where `SIM_REQUIRE_BROWSER` is set.

mod axe;
mod chromium;

use crate::study;
use std::fs;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use checkout_sim::report::{Results, to_html};
use serde_json::{Value, json};
use tempfile::TempDir;

use chromium::Chromium;

/// A browser with a page open, one at a time: each takes several processes.
struct Opened {
    browser: Chromium,
    directory: TempDir,
    _turn: MutexGuard<'static, ()>,
}

/// `None` where there is no browser.
fn open(html: &str) -> Option<Opened> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut browser = Chromium::find()?;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("page.html");
    fs::write(&file, html).unwrap();
    browser.open(&file);
    Some(Opened {
        browser,
        directory,
        _turn: turn,
    })
}

fn results() -> &'static Results {
    static RESULTS: OnceLock<Results> = OnceLock::new();
    RESULTS.get_or_init(study::results)
}

fn open_page() -> Option<Opened> {
    open(&to_html(results()))
}

impl Opened {
    /// Addresses that were asked for, but for the page itself.
    fn requests(&self) -> Vec<String> {
        let sent = self.events("Network.requestWillBeSent");
        let urls = sent.map(|event| event["request"]["url"].as_str().unwrap().to_owned());
        let page = format!(
            "file://{}",
            self.directory.path().join("page.html").display()
        );
        // The icon is empty, and stands in the address itself.
        urls.filter(|url| *url != page && *url != "data:,")
            .collect()
    }

    /// Everything that was said on the console, by the page or of it.
    fn complaints(&self) -> Vec<&Value> {
        let console = self.events("Runtime.consoleAPICalled");
        let thrown = self.events("Runtime.exceptionThrown");
        let logged = self.events("Log.entryAdded");
        console.chain(thrown).chain(logged).collect()
    }

    fn events(&self, method: &str) -> impl Iterator<Item = &Value> {
        let events = self.browser.events.iter();
        events
            .filter(move |event| event["method"] == method)
            .map(|event| &event["params"])
    }

    /// How many of the elements that a selector finds can be seen.
    fn visible(&mut self, selector: &str) -> u64 {
        let script = format!(
            "[...document.querySelectorAll({})].filter(e => e.checkVisibility()).length",
            json!(selector)
        );
        self.browser.js(&script).as_u64().unwrap()
    }

    fn click(&mut self, selector: &str) {
        let script = format!("document.querySelector({}).click()", json!(selector));
        self.browser.js(&script);
    }

    /// What stands in a column of the comparison table, from the top, of the first level.
    fn column(&mut self, name: &str) -> Vec<f64> {
        let script = format!(
            "(() => {{
               const table = document.querySelector('table.sortable');
               const at = [...table.tHead.rows[0].cells].findIndex(c => c.textContent === {});
               const rows = [...table.tBodies[0].querySelectorAll('tr:not(.level)')];
               return rows.map(r => Number(r.cells[at].dataset.value));
             }})()",
            json!(name)
        );
        serde_json::from_value(self.browser.js(&script)).unwrap()
    }

    fn sort_by(&mut self, name: &str) {
        let script = format!(
            "[...document.querySelectorAll('table.sortable th button')]
               .find(b => b.textContent === {}).click()",
            json!(name)
        );
        self.browser.js(&script);
    }

    /// The contrast of the text of an element against what is behind it, as
    /// WCAG 2 defines it: from 1 to 21.
    fn contrast(&mut self, selector: &str) -> f64 {
        let script = CONTRAST.replace("SELECTOR", &json!(selector).to_string());
        self.browser.js(&script).as_f64().unwrap()
    }
}

/// A canvas turns whatever colour a style computes to into red, green and blue.
const CONTRAST: &str = "(() => {
  const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    paint.clearRect(0, 0, 1, 1);
    paint.fillStyle = colour;
    paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (colour) => {
    const [r, g, b] = rgba(colour).map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const element = document.querySelector(SELECTOR);
  let behind = element;
  while (rgba(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
  const [a, b] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor]
    .map(luminance).sort((a, b) => b - a);
  return (a + 0.05) / (b + 0.05);
})()";

#[test]
fn it_asks_for_nothing_and_complains_of_nothing() {
    let Some(mut page) = open_page() else { return };
    for selector in [
        ".levels input:not(:checked)",
        ".strategies input",
        ".theme",
        "th button",
    ] {
        page.click(selector);
    }
    assert_eq!(page.requests(), Vec::<String>::new());
    assert_eq!(page.complaints(), Vec::<&Value>::new());
}

#[test]
fn a_page_that_asks_or_complains_is_seen() {
    let planted = "<!doctype html><img src='other.png'><script>
                   console.error('planted'); throw new Error('planted')</script>";
    let Some(mut page) = open(planted) else {
        return;
    };
    page.browser.js("fetch('data.json').catch(() => 0)");
    let requests = page.requests();
    assert!(
        requests.iter().any(|url| url.ends_with("/other.png")),
        "{requests:?}"
    );
    assert!(page.complaints().len() >= 2, "{:?}", page.complaints());
}

#[test]
fn the_switches_choose_what_the_plots_show() {
    let Some(mut page) = open_page() else { return };
    let lines = study::STRATEGIES.len() as u64;
    let all = ".latency .line";
    assert_eq!(page.visible(all), lines - 1, "the first level, what holds");
    assert_eq!(page.visible(".plots .broken, .plots .unsound"), 0);
    page.click(".everything");
    assert_eq!(page.visible(all), lines, "the first level, every strategy");
    assert_ne!(page.visible(".plots .broken"), 0);
    assert_eq!(page.visible(".latency [data-level='read-committed']"), 1);

    page.click(".strategies input[value='optimistic']");
    assert_eq!(page.visible(all), lines - 1);
    assert_eq!(page.visible(".plots [data-strategy='optimistic']"), 0);
    assert_ne!(page.visible(".plots [data-strategy='row-lock']"), 0);
    page.click(".strategies input[value='optimistic']");
    assert_eq!(page.visible(all), lines);

    page.click(".levels input[value='repeatable-read']");
    assert_eq!(page.visible(".latency [data-level='read-committed']"), 0);
    assert_eq!(page.visible(".latency [data-level='repeatable-read']"), 1);
    assert_eq!(page.visible(all), lines);
}

#[test]
fn without_script_all_is_shown_and_nothing_can_be_switched() {
    let Some(mut page) = open_page() else { return };
    // One of them breaks.
    let lines = (study::STRATEGIES.len() * study::LEVELS.len()) as u64 - 1;
    assert!(page.visible("fieldset input, .theme") > 0);
    page.browser.run_no_script();
    let file = page.directory.path().join("page.html");
    page.browser.open(&file);
    assert_eq!(page.visible(".latency .line"), lines);
    assert_eq!(page.visible("fieldset input, .theme, th button, .copy"), 0);
    page.browser
        .js("document.querySelector('.everything').checked = true");
    assert_eq!(page.visible(".latency .line"), lines + 1, "by style alone");
}

#[test]
fn the_table_sorts_by_value_in_both_directions() {
    let Some(mut page) = open_page() else { return };
    for name in ["p99", "Sales/s", "Attempts a sale"] {
        let mut ascending = page.column(name);
        ascending.sort_by(f64::total_cmp);
        let descending: Vec<f64> = ascending.iter().rev().copied().collect();
        assert_ne!(ascending, descending, "{name} tells cells apart");
        page.sort_by(name);
        assert_eq!(page.column(name), ascending, "{name}");
        page.sort_by(name);
        assert_eq!(page.column(name), descending, "{name}");
    }
    let sorted = "document.querySelectorAll('th[aria-sort=\"descending\"]').length";
    assert_eq!(page.browser.js(sorted), json!(1));
}

#[test]
fn cells_without_a_value_stay_last() {
    let Some(mut page) = open_page() else { return };
    let last = "document.querySelector('table.sortable tbody tr:last-child').textContent";
    for _ in 0..2 {
        page.sort_by("Ratio to the reference");
        let last = page.browser.js(last);
        assert!(last.as_str().unwrap().contains("not compared"), "{last}");
    }
}

#[test]
fn both_themes_can_be_read_and_the_button_switches() {
    let Some(mut page) = open_page() else { return };
    let paper = "getComputedStyle(document.body).backgroundColor";
    let texts = [
        "body",
        ".muted",
        ".conclusion",
        ".badge.good",
        ".matrix .bad .badge",
        ".matrix .bad .proof",
        ".matrix .good .proof",
        ".statement",
        ".outcome",
        "td.zero",
        ".theme",
    ];
    let mut papers = Vec::new();
    for scheme in ["light", "dark"] {
        page.browser.prefer(scheme);
        papers.push(page.browser.js(paper));
        for text in texts {
            let contrast = page.contrast(text);
            assert!(contrast >= 4.5, "{text} in {scheme}: {contrast}");
        }
    }
    assert_ne!(papers[0], papers[1]);
    page.click(".theme");
    assert_eq!(page.browser.js(paper), papers[0], "from dark to light");
    page.click(".theme");
    assert_eq!(page.browser.js(paper), papers[1], "and back");
}

#[test]
fn it_fits_every_width() {
    let Some(mut page) = open_page() else { return };
    let all_open = "document.querySelectorAll('details').forEach(d => { d.open = true; })";
    page.browser.js(all_open);
    page.click(".everything");
    for width in [1920, 1280, 768, 390, 360] {
        page.browser.be_wide(width);
        let found = "[innerWidth, document.documentElement.scrollWidth]";
        assert_eq!(page.browser.js(found), json!([width, width]));
    }
    let table = "(() => { const t = document.querySelector('.scroll:has(.sortable)');
                 return t.scrollWidth > t.clientWidth; })()";
    assert_eq!(
        page.browser.js(table),
        json!(true),
        "a wide table scrolls in itself"
    );
}

/// A4 with margins of a centimetre: what would scroll on a screen is lost there.
#[test]
fn nothing_is_cut_off_on_paper() {
    let mut results = results().clone();
    let export = " --export-html page.html".repeat(8);
    results.dossier.call = Some(format!("sim compare last-unit.toml{export}"));
    let Some(mut page) = open(&to_html(&results)) else {
        return;
    };
    let cut = "[...document.querySelectorAll('pre, .scroll')]
      .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)
      .map(e => `${e.tagName} ${e.className}`)";
    page.browser.be_wide(718);
    assert_ne!(page.browser.js(cut), json!([]), "they scroll on a screen");
    page.browser.be_paper(718);
    assert_eq!(page.browser.js(cut), json!([]));
    let hidden = "document.querySelectorAll('.copy, .theme, .save')";
    let seen = format!("[...{hidden}].some(e => e.checkVisibility())");
    assert_eq!(page.browser.js(&seen), json!(false));
}

#[test]
fn a_failing_schedule_is_drawn_step_by_step() {
    let Some(mut page) = open_page() else { return };
    let exploration = results().dossier.studies[0].exploration.as_ref().unwrap();
    let mut traces = exploration
        .cells
        .iter()
        .filter_map(|c| c.found.example.as_ref());
    let trace = traces.next().expect("a control fails");
    let steps = trace.steps.len() as u64;
    let of_failure = ".schedule[open] > .sequence";
    assert_eq!(page.visible(&format!("{of_failure} .step")), steps);
    assert_eq!(page.visible(&format!("{of_failure} .statement")), steps);
    assert_ne!(page.visible(&format!("{of_failure} .deadly")), 0);
    let fix = ".schedule[open] .contrast";
    assert_ne!(
        page.visible(&format!("{fix} .step")),
        0,
        "the same race, not lost"
    );
    assert_eq!(page.visible(&format!("{fix} .deadly")), 0);
    let last = page
        .browser
        .js("document.querySelector('.schedule .outcome').textContent");
    assert!(last.as_str().unwrap().contains("2 of 1 sold"), "{last}");

    page.click(".schedule summary");
    assert_eq!(page.visible(".schedule .step"), 0);
    page.click(".matrix .proof a");
    let seen = "new Promise(done => setTimeout(done, 100))";
    page.browser.js(seen);
    assert_eq!(
        page.visible(".schedule[open] > .sequence .step"),
        steps,
        "its link opens it"
    );
}

/// A link into what is folded opens it; a button copies what can be run.
#[test]
fn the_fix_is_a_link_and_a_click_away() {
    let Some(mut page) = open_page() else { return };
    let listing = ".listing[open] pre";
    assert_eq!(page.visible(listing), 1, "only the fix to use is open");
    page.click(".matrix tr:nth-child(3) a.name");
    page.browser
        .js("new Promise(done => setTimeout(done, 100))");
    assert_eq!(page.visible(listing), 2);
    let text = "document.querySelector('[id^=written-row-lock] .copy').dataset.text";
    let text = page.browser.js(text);
    let text = text.as_str().unwrap();
    assert!(
        text.contains(" FOR UPDATE;\n    -- if stock < units: sold out\n"),
        "{text}"
    );
    page.click("[id^=written-row-lock] .copy");
    page.browser
        .js("new Promise(done => setTimeout(done, 100))");
    let said = page
        .browser
        .js("document.querySelector('[id^=written-row-lock] .copy').textContent");
    assert!(
        said == json!("Copied") || said == json!("Press Ctrl-C"),
        "{said}"
    );
}

/// Each is a file of its own that a browser can draw.
#[test]
fn pictures_can_be_saved_and_drawn() {
    let Some(mut page) = open_page() else { return };
    let sizes = "Promise.all([...document.querySelectorAll('a.save')].map(async (link) => {
      const picture = new Image();
      picture.src = link.href;
      await picture.decode();
      return [link.download, picture.naturalWidth > 300, picture.naturalHeight > 100];
    }))";
    assert_eq!(
        page.browser.js(sizes),
        json!([
            ["verdicts.svg", true, true],
            ["race.svg", true, true],
            ["costs.svg", true, true],
        ])
    );
    let text = "atob(document.querySelector('a.save[download=\"race.svg\"]').href.split(',')[1])";
    let text = page.browser.js(text);
    let text = text.as_str().unwrap();
    for said in [
        "A still believes 1, and B left 0",
        "schedule AABBBBBAAA",
        "Buyer B",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
}
