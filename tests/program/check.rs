//! `sim check`: what is as expected passes, whatever is not fails with its name
//! and its exit code, and older results are compared only with their like.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use crate::fixture::{Done, Server, Sim, sim};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

/// A control that fails and a fix that holds, under load and explored.
const SALE: &str = r#"
title = "Sale"
strategies = ["check-then-update", "atomic", "row-lock"]
reference = "atomic"
thresholds = ["sold==20", "check-then-update: oversold>0"]

[shop]
stock = 20

[load]
buyers = 100

[expect.load]
check-then-update = "oversells"

[expect.explore]
check-then-update = "oversells"
"#;

fn write(directory: &Path, name: &str, text: &str) {
    fs::create_dir_all(directory).unwrap();
    fs::write(directory.join(name), text).unwrap();
}

/// Checks one scenario file, with flags.
fn check(text: &str, flags: &str) -> Sim {
    let call = sim(&format!("check shop/sale.toml {flags}"));
    write(&call.out().join("shop"), "sale.toml", text);
    call.json()
}

fn checked(text: &str, flags: &str) -> Done {
    check(text, flags).on(&Server::shared()).run()
}

#[test]
fn a_directory_is_checked_file_by_file() {
    let call = sim("check shop --export-junit junit.xml --export-markdown summary.md");
    let shop = call.out().join("shop");
    write(&shop, "b-sale.toml", SALE);
    write(&shop, "a-sale.toml", &SALE.replace("Sale", "Another sale"));
    write(&shop, "notes.txt", "no scenario");
    let done = call.json().on(&Server::shared()).run();
    // Each of 3 cells under load and explored, and 3 thresholds: twice.
    done.exits(0).says("all 18 expectations hold").is_narrow();
    let names: Vec<String> = done.dossier().studies.into_iter().map(|s| s.name).collect();
    assert_eq!(names, ["a-sale", "b-sale"]);
    let junit = fs::read_to_string(done.out().join("junit.xml")).unwrap();
    assert_eq!(junit.matches("<testcase").count(), 18);
    assert_eq!(junit.matches("<failure").count(), 0);
    let summary = fs::read_to_string(done.out().join("summary.md")).unwrap();
    assert!(summary.contains("Another sale"), "{summary}");
}

/// Every cell is run several times, and explored whole.
#[test]
fn a_check_repeats_and_exhausts() {
    let done = checked(SALE, "");
    let study = done.exits(0).dossier().studies.remove(0);
    for cell in study.load.unwrap().cells {
        assert_eq!(cell.runs.len(), 3);
    }
    for cell in study.exploration.unwrap().cells {
        assert!(cell.found.covered.exhausted);
    }
    let once = checked(SALE, "--runs 1").dossier().studies.remove(0);
    assert_eq!(once.load.unwrap().cells[0].runs.len(), 1);
}

#[test]
fn a_wrong_expectation_fails_with_its_name() {
    // The load fails where the file says that it holds, and the other way round.
    let wrong = SALE.replace(
        "[expect.load]\ncheck-then-update",
        "[expect.load]\ncheck-then-update = \"safe\"\natomic",
    );
    let done = checked(
        &wrong.replace(", \"check-then-update: oversold>0\"", ""),
        "",
    );
    done.exits(10)
        .says("check-then-update at read-committed\n    under load: expected safe, found oversells")
        .says("atomic at read-committed\n    under load: expected oversells, found safe")
        .says("a control that does not fail proves nothing");
    // So does the exploration.
    let wrong = SALE.replace(
        "[expect.explore]\ncheck-then-update",
        "[expect.explore]\ncheck-then-update = \"safe\"\natomic",
    );
    checked(&wrong, "")
        .exits(10)
        .says("check-then-update at read-committed\n    in every schedule: expected safe, found oversells")
        .says("again: sim replay --strategy check-then-update --schedule ")
        .says("atomic at read-committed\n    in every schedule: expected oversells, found safe")
        .says("2 of 9 expectations do not hold");
}

/// In a workflow of GitHub each of them points at the line that states it, by its path
/// from the root of the repository; elsewhere nothing does.
#[test]
fn a_workflow_gets_annotations() {
    let safe = "explore]\ncheck-then-update = \"safe\"\natomic";
    let wrong = SALE.replace("explore]\ncheck-then-update", safe);
    let call = || check(&wrong, "--runs 1 --quiet").on(&Server::shared());
    let in_workflow = |call: Sim| call.env("GITHUB_ACTIONS", "true");
    let elsewhere = call().env("GITHUB_ACTIONS", "").run();
    elsewhere.exits(10).says_nothing();
    let done = in_workflow(call()).run();
    done.exits(10);
    let found: Vec<_> = done.stdout.lines().collect();
    assert_eq!(found.len(), 2, "{found:?}");
    for (line, cell) in [(17, "check-then-update"), (18, "atomic")] {
        done.says(&format!(
            "::error file=shop/sale.toml,line={line}::{cell} at "
        ));
    }
    let call = call();
    let above = call.out().parent().unwrap().to_owned();
    let name = name_of(&call.out());
    let done = in_workflow(call).env("GITHUB_WORKSPACE", above).run();
    done.says(&format!("::error file={name}/shop/sale.toml,line=17::"));
    in_workflow(check(SALE, "--quiet").on(&Server::shared()))
        .run()
        .exits(0)
        .says_nothing();
}

/// What the example for a shop's repository runs, and what it uploads.
#[test]
fn the_example_of_a_workflow_works() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let example = fs::read_to_string(root.join(".github/examples/check.yml")).unwrap();
    let step = example.split("run: >").nth(1).unwrap();
    let step = step.split("- uses:").next().unwrap();
    let words = step.replace("\"$GITHUB_STEP_SUMMARY\"", "summary.md");
    let call = sim(words.trim().strip_prefix("sim ").unwrap());
    write(&call.out().join("scenarios"), "sale.toml", SALE);
    let done = call.on(&Server::shared()).run();
    done.exits(0);
    for file in ["summary.md", "junit.xml", "page.html"] {
        assert!(done.out().join(file).exists(), "no {file}");
        assert!(file == "summary.md" || example.contains(&format!("            {file}")));
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn a_threshold_that_is_not_kept_fails_by_itself() {
    let flag = |rule: &str| check(SALE, "").arg("--threshold").arg(rule);
    let run = |call: Sim| call.on(&Server::shared()).run();
    run(flag("attempts_per_sale<=5")).exits(0);
    run(flag("sold>20"))
        .exits(99)
        .says("threshold: expected sold>20, found 20")
        .says("2 of 11 expectations do not hold");
    // A verdict weighs more.
    let wrong = SALE.replace(
        "check-then-update = \"oversells\"",
        "check-then-update = \"safe\"",
    );
    run(check(&wrong, "").arg("--threshold").arg("sold>20")).exits(10);
}

#[test]
fn what_makes_no_sense_starts_nothing() {
    let refused = |call: Sim, why: &str| {
        call.without_postgres()
            .run()
            .exits(2)
            .says_nothing()
            .complains(why);
    };
    let empty = sim("check empty");
    fs::create_dir(empty.out().join("empty")).unwrap();
    refused(empty, "empty holds no scenario");
    refused(
        check(&SALE.replace("stock = 20", "stok = 20"), ""),
        "shop/sale.toml: line 8: unknown field `stok`",
    );
    refused(sim("check a/b.toml").json(), "cannot read a/b.toml");
    let twins = sim("check x/sale.toml shop/sale.toml");
    write(&twins.out().join("x"), "sale.toml", SALE);
    write(&twins.out().join("shop"), "sale.toml", SALE);
    refused(twins, "two scenarios are named sale");
    let threshold = |rule: &str| check(SALE, "").arg("--threshold").arg(rule);
    refused(threshold("sould==20"), "did you mean \"sold\"?");
    refused(threshold("naive: sold==20"), "naive does not run");
    refused(check(SALE, "--baseline none.json"), "cannot read none.json");
    refused(
        check(SALE, "--save-baseline b.json --runs 1"),
        "--save-baseline needs --runs 2 or more",
    );
    // What is read is not written over.
    refused(
        check(SALE, "--export-html shop/sale.toml"),
        "shop/sale.toml is read, and cannot be written too",
    );
    refused(
        check(SALE, "--save-baseline b.json --export-csv b.json"),
        "b.json is read, and cannot be written too",
    );
}

// Baselines ---------------------------------------------------------------------

/// What `--save-baseline` wrote.
fn baseline() -> Value {
    static SAVED: LazyLock<String> = LazyLock::new(|| {
        let saved = check(SALE, "--save-baseline baseline.json --seed 5");
        let saved = saved.on(&Server::shared()).run();
        fs::read_to_string(saved.exits(0).out().join("baseline.json")).unwrap()
    });
    serde_json::from_str(&SAVED).unwrap()
}

/// Checks against that baseline, changed by `edit`.
fn against(edit: impl Fn(&mut Value)) -> Done {
    let mut baseline = baseline();
    edit(&mut baseline);
    let call = check(SALE, "--baseline baseline.json");
    fs::write(call.out().join("baseline.json"), baseline.to_string()).unwrap();
    call.on(&Server::shared()).run()
}

/// Makes every run of a cell that many times as long.
fn stretch(baseline: &mut Value, cell: usize, factor: f64) {
    let runs = &mut baseline["studies"][0]["load"]["cells"][cell]["runs"];
    for run in runs.as_array_mut().unwrap() {
        let elapsed = run["elapsed_us"].as_f64().unwrap();
        run["elapsed_us"] = json!((elapsed * factor) as u64);
    }
}

/// Cell 2 is `row-lock`, and the reference is `atomic`.
#[test]
fn slower_than_the_baseline_beyond_noise_fails() {
    // As if it had been a hundred times faster then: nothing else could make up
    // for that.
    against(|baseline| stretch(baseline, 2, 0.01))
        .exits(98)
        .says("row-lock at read-committed: slower beyond noise");
    against(|baseline| stretch(baseline, 2, 100.0))
        .exits(0)
        .says("row-lock at read-committed: faster beyond noise");
    // What is broken is not compared.
    let control = against(|baseline| stretch(baseline, 0, 0.01));
    assert!(
        !control
            .stdout
            .contains("check-then-update at read-committed: slower")
    );
}

#[test]
fn a_baseline_of_something_else_is_refused_by_name() {
    let scenario = |key: &str, value: Value| {
        against(|b| b["studies"][0]["load"]["scenario"][key] = value.clone())
    };
    scenario("buyers", json!(99))
        .exits(2)
        .says_nothing()
        .complains("sale: scenario: buyers is 100, and was 99");
    against(|b| b["studies"][0]["load"]["server"]["version"] = json!("9.6"))
        .exits(2)
        .complains("server version is")
        .complains("and was \"9.6\"");
    against(|b| b["studies"][0]["load"]["server"]["settings"]["fsync"] = json!("off"))
        .exits(2)
        .complains("sale: server setting fsync is on, and was off");
    against(|b| b["studies"][0]["name"] = json!("other"))
        .exits(2)
        .complains("sale: not in the older result");
    // A cell that is missing there would be judged by nothing.
    against(|b| {
        let cells = &mut b["studies"][0]["load"]["cells"];
        cells.as_array_mut().unwrap().remove(2);
    })
    .exits(2)
    .complains("sale: row-lock at read-committed is not in the older result");
    against(|b| {
        let cells = &mut b["studies"][0]["load"]["cells"];
        for cell in cells.as_array_mut().unwrap() {
            cell["runs"].as_array_mut().unwrap().truncate(1);
        }
    })
    .exits(2)
    .complains("3 runs of each cell, and 1 run then: it takes two");
    against(|b| b["format"] = json!(99))
        .exits(2)
        .complains("written in format 99");
}

#[test]
fn a_failure_is_no_baseline() {
    let wrong = SALE.replace("sold==20", "sold==21");
    let done = checked(&wrong, "--save-baseline baseline.json");
    done.exits(99).complains("the baseline is not saved");
    assert!(!done.out().join("baseline.json").exists());
}

// Interrupts ----------------------------------------------------------------------

/// Cells run in turns, and what is done is saved: after an interrupt no cell is
/// more than one run ahead.
#[test]
fn an_interrupt_keeps_what_is_done_and_cells_in_step() {
    for command in ["check", "compare"] {
        let call = sim(&format!("{command} shop/sale.toml"));
        let text = SALE.replace("[load]", "[load]\nruns = 500");
        write(&call.out().join("shop"), "sale.toml", &text);
        let mut running = call.json().on(&Server::shared()).start();
        let export = running.place().out().join("run.json");
        let is_under_way = || {
            let text = fs::read_to_string(&export).unwrap_or_default();
            text.matches("\"run\": 2").count() > 0
        };
        running.until("a second round", is_under_way);
        running.signal(Signal::SIGINT);
        let done = running.wait();
        done.exits(130);
        let study = done.dossier().studies.remove(0);
        let runs = study.load.unwrap().cells.into_iter().map(|c| c.runs.len());
        let runs: Vec<usize> = runs.collect();
        let (most, least) = (*runs.iter().max().unwrap(), *runs.iter().min().unwrap());
        assert!(least >= 1 && (2..500).contains(&most), "{runs:?}");
        assert!(most - least <= 1, "{runs:?}");
    }
}
