//! `sim record`: the requests of a service as scripts.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::args::record::RecordArgs;
use super::around::unless_hurried;
use super::exit::{Exit, Usage};
use super::patient::Patient;
use super::print::{columns, print};
use super::worlds::Worlds;
use crate::explore::recorded::{RecordedNames, RecordedRequests, RecordedScript, scenario, script};
use crate::report::{RecordedPage, recorded_to_terminal};
use crate::scenario::{Named as _, ScenarioFile};
use crate::shop::Isolation;
use crate::subject::script::Script;

const SCENARIO: &str = "scenario.toml";
const SET_UP: &str = "setup.sql";
/// Where there are several scripts, they are operations of this directory.
const REQUESTS: &str = "requests";

/// What is written: the text of each file by its name, and the page.
struct Written {
    files: Vec<(String, String)>,
    page: RecordedPage,
}

pub(super) fn record(args: &RecordArgs) -> Result<Exit> {
    refuse_output(&args.output)?;
    let patient = Patient::of(&args.file, "record", args.strategy, args.isolation)?;
    let tell = |written| tell(written, args);
    patient.look((&args.server, args.quiet), look, tell)
}

/// What is there already may be the user's work.
fn refuse_output(path: &Path) -> Result<()> {
    let name = path.display();
    if path.symlink_metadata().is_ok() {
        bail!(Usage(format!(
            "{name} is already there: name another folder with --output"
        )));
    }
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    match parent.is_none_or(Path::is_dir) {
        true => Ok(()),
        false => bail!(Usage(format!(
            "cannot create {name}: there is no folder to put it into"
        ))),
    }
}

fn look(worlds: &Worlds, patient: &Patient) -> Result<Written> {
    let worlds = worlds.for_tables(Some(&patient.tables), (1, 1))?;
    let recording = worlds.record((&patient.case, &patient.shape))?;
    written(&recording, &patient.file, patient)
}

/// The files of a recording.
fn written(
    recording: &RecordedRequests,
    file: &ScenarioFile,
    patient: &Patient,
) -> Result<Written> {
    let is_one = recording.requests.len() == 1 && file.explore.sessions.is_none();
    let mut files = vec![(SET_UP.to_owned(), recording.set_up.clone())];
    let mut strategy = format!("{REQUESTS}/");
    let mut scripts: Vec<(String, RecordedScript)> = Vec::new();
    let mut own_level = None;
    for (name, request) in &recording.requests {
        let recorded = script(request);
        let name = format!("{}.sql", file_name(name));
        let path = match is_one {
            true => name,
            false => format!("{REQUESTS}/{name}"),
        };
        let read = Script::parse(&path, &recorded.text, &["buyer", "checkout_key"]);
        let read = read.with_context(|| format!("{path} is no script that can be run"))?;
        own_level = own_level.or_else(|| read.levels().first().map(|(_, level)| *level));
        if is_one {
            strategy.clone_from(&path);
        }
        files.push((path.clone(), recorded.text.clone()));
        scripts.push((path, recorded));
    }
    let of_connections = recording
        .level
        .and_then(|level| Isolation::named(&level.replace(' ', "-")));
    let level = own_level
        .or(of_connections)
        .unwrap_or(patient.case.terms.cell.level);
    let names = RecordedNames {
        strategy: &strategy,
        set_up: SET_UP,
        level,
    };
    files.push((SCENARIO.to_owned(), scenario(file, names)?));
    Ok(Written {
        files,
        page: RecordedPage {
            cell: patient.case.terms.cell.to_string(),
            scripts,
        },
    })
}

/// The last word of a request such as `POST /order/checkout`, or the name of an operation.
fn file_name(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let mut words = name.split(|c| !is_plain(c));
    let word = words.rfind(|word| !word.is_empty());
    word.unwrap_or("request").to_owned()
}

fn tell(written: Written, args: &RecordArgs) -> Result<Exit> {
    let folder = args.output.clone();
    let is_quiet = args.quiet.quiet;
    let done = unless_hurried(move || {
        let name = folder.display().to_string();
        fs::create_dir(&folder).with_context(|| format!("cannot create {name}"))?;
        for (path, text) in &written.files {
            let path = folder.join(path);
            let made = path.parent().map_or(Ok(()), fs::create_dir_all);
            let done = made.and_then(|()| fs::write(&path, text));
            done.with_context(|| format!("cannot write {}", path.display()))?;
        }
        let next = format!("sim explore {}", folder.join(SCENARIO).display());
        match is_quiet {
            true => Ok(()),
            false => print(&recorded_to_terminal(
                &written.page,
                (&name, &next),
                columns(),
            )),
        }
    })?;
    match done {
        None => Ok(Exit::Interrupted),
        Some(done) => done.map(|()| Exit::AsExpected),
    }
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_script_has_the_last_word_of_its_request() {
        for (request, name) in [
            ("POST /order/checkout", "checkout"),
            ("POST /orders/7/", "7"),
            ("hold-it", "hold-it"),
            ("POST /", "POST"),
            ("", "request"),
        ] {
            assert_eq!(file_name(request), name);
        }
    }
}
