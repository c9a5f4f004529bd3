//! Commands that scenario files start: told, never started for a stranger, and without secrets.

use std::fs;

use crate::fixture::{Server, Sim, sim};

const FILE: &str = r#"
title = "Own tables"
strategies = ["take.sql"]

[tables]
setup-command = "echo > ran; PGOPTIONS= MY_TOKEN=hush psql -qc 'CREATE TABLE item (id int)'"

[invariants]
none = "SELECT 1 WHERE false"
"#;

/// A folder with the scenario and its script, in which `sim` runs.
fn in_folder(args: &str) -> Sim {
    let call = sim(args);
    fs::write(call.out().join("own.toml"), FILE).unwrap();
    let script = "BEGIN;\nINSERT INTO item VALUES (:buyer);\nCOMMIT;\n";
    fs::write(call.out().join("take.sql"), script).unwrap();
    call
}

/// A file that CI checks may be a stranger's.
#[test]
fn check_starts_no_command_unasked() {
    let done = in_folder("check own.toml").on(&Server::shared()).run();
    done.exits(2).says_nothing();
    done.complains("own starts a command, which check does only with --allow-commands")
        .complains("MY_TOKEN=*** psql");
    assert!(!done.stderr.contains("hush"), "{}", done.stderr);
    assert!(!done.out().join("ran").exists());
}

/// What is started is told before; a secret stands in no output and no file.
#[test]
fn a_command_is_told_before_it_is_started() {
    let call = in_folder("check own.toml --allow-commands --export-html page.html").json();
    let done = call.on(&Server::shared()).run();
    done.complains("starts the set-up command: echo > ran; PGOPTIONS= MY_TOKEN=*** psql");
    assert!(done.out().join("ran").exists(), "it ran");
    for entry in fs::read_dir(done.out()).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            !text.contains("hush") || path.ends_with("own.toml"),
            "{path:?}"
        );
    }
    assert!(!done.stdout.contains("hush") && !done.stderr.contains("hush"));
}
