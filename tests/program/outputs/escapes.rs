//! Attack: words that a terminal obeys. ESC clears the screen or conceals what
//! follows, OSC 52 writes the clipboard, BEL rings, C1 is ESC in one character,
//! and the bidirectional controls turn `safe` round. They come from files,
//! names, arguments and servers, and none of them may arrive.

use std::collections::BTreeSet;
use std::fs;

use checkout_sim::database::Fingerprint;
use checkout_sim::report::{
    Command, Dossier, Replay, Results, page_to_terminal, replay_to_terminal,
};
use serde_json::Value;

use crate::fixture::{Done, Server, Sim, sim};

/// Every kind of character that a terminal obeys, and a colour of our own.
const ATTACK: &str = "a\u{1b}[2J\u{1b}[8m\u{1b}[32m\u{1b}]52;c;cHduZWQ=\u{7}\u{9b}31m\u{7f}\u{8}\r\
                      \u{61c}\u{200f}\u{202e}efas\u{202c}\u{2066}\u{2069}z";

/// What of it is still to be read.
const SHOWN: &str = "a␛[2J␛[8m␛[32m␛]52;c;cHduZWQ=␇\u{fffd}31m␡␈␍\
                     \u{fffd}\u{fffd}\u{fffd}efas\u{fffd}\u{fffd}\u{fffd}z";

fn is_obeyed(c: char) -> bool {
    let turns = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\
                 \u{2068}\u{2069}";
    (c.is_control() && !matches!(c, '\n' | '\t')) || turns.contains(c)
}

/// Takes away what `sim` itself colours with; foreign sequences stay.
fn without_own_styles(text: &str) -> String {
    let mut text = text.to_owned();
    for own in ["0", "1", "2", "31", "32", "33", "34", "35", "36", "93"] {
        text = text.replace(&format!("\u{1b}[{own}m"), "");
    }
    text
}

#[track_caller]
fn assert_harmless(text: &str) {
    let rest = without_own_styles(text);
    let found: Vec<char> = rest.chars().filter(|c| is_obeyed(*c)).collect();
    assert!(found.is_empty(), "{found:?} in {rest:?}");
}

/// Neither stream obeys, though both are taken for terminals with colours.
#[track_caller]
fn assert_shows(done: &Done, stdout: &[&str], stderr: &[&str]) {
    assert_harmless(&done.stdout);
    assert_harmless(&done.stderr);
    for (stream, words) in [(&done.stdout, stdout), (&done.stderr, stderr)] {
        for word in words {
            assert!(stream.contains(word), "no {word:?} in {}", done.all());
        }
    }
}

fn coloured(call: Sim) -> Sim {
    call.env("CLICOLOR_FORCE", "1")
}

/// A TOML string that holds the attack, all of it escaped.
fn toml(text: &str) -> String {
    let letters = text.chars().map(|c| format!("\\U{:08x}", u32::from(c)));
    format!("\"{}\"", letters.collect::<String>())
}

/// A scenario whose every free text and whose file's name are hostile.
#[test]
fn a_scenario_file_commands_nothing() {
    let hostile = toml(ATTACK);
    let text = format!(
        "title = {hostile}\nabout = {hostile}\nseen-in = [{hostile}]\n\
         strategies = [\"atomic\"]\nthresholds = [\"oversold==1\"]\n[shop]\nstock = 5\n\
         [load]\nbuyers = 40\nruns = 2\n"
    );
    let database = Server::shared();
    for command in ["run --scenario", "compare", "check"] {
        let name = format!("{ATTACK}.toml");
        let call = coloured(sim(command).arg(&name));
        fs::write(call.out().join(&name), &text).unwrap();
        let done = call.on(&database).run();
        let title: &[&str] = match command {
            "compare" | "check" => &[SHOWN],
            _ => &[],
        };
        assert_shows(&done, title, &[]);
    }
    let call = coloured(sim("explore --on memory --scenario hostile.toml"));
    fs::write(call.out().join("hostile.toml"), &text).unwrap();
    assert_shows(&call.run(), &[], &[]);
}

/// A name that is not known is repeated in the refusal.
#[test]
fn a_refusal_repeats_no_command() {
    let refused = |text: &str, name: &str| {
        let call = coloured(sim("check").arg(name));
        fs::write(call.out().join(name), text).unwrap();
        call.without_postgres().run()
    };
    let key = format!("{} = 1\n", toml(ATTACK));
    let done = refused(&key, "keys.toml");
    assert_shows(done.exits(2), &[], &[SHOWN]);
    let value = format!("title = \"x\"\nstrategies = [{}]\n", toml(ATTACK));
    assert_shows(
        refused(&value, "value.toml").exits(2),
        &[],
        &["there is no strategy"],
    );
    // A quoted key that holds them raw is no TOML, and is quoted all the same.
    let raw = format!("\"{ATTACK}\" = 1\n");
    assert_shows(refused(&raw, "raw.toml").exits(2), &[], &["raw.toml"]);
    let file = format!("{ATTACK}.toml");
    assert_shows(refused("nothing = 1\n", &file).exits(2), &[], &[SHOWN]);
    let missing = coloured(sim("check").arg(format!("{ATTACK}.missing")));
    assert_shows(missing.without_postgres().run().exits(2), &[], &[SHOWN]);
    let no_result = coloured(sim("report").arg(format!("{ATTACK}.json")));
    assert_shows(no_result.run().exits(2), &[], &[SHOWN]);
    let unwritten = coloured(sim("--strategy naive --export-html").arg(format!("no/{ATTACK}")));
    assert_shows(unwritten.without_postgres().run().exits(2), &[], &[SHOWN]);
}

/// So is an argument, of a flag, a command, a value that is parsed.
#[test]
fn an_argument_commands_nothing() {
    let calls = [
        sim("--strategy").arg(ATTACK),
        sim("").arg(format!("--{ATTACK}")),
        sim("").arg(ATTACK),
        sim("check --threshold").arg(format!("sold=={ATTACK}")),
        sim("--strategy naive --buyers").arg(ATTACK),
        sim("list").arg(ATTACK),
        sim("replay --strategy naive --schedule").arg(ATTACK),
        sim("--strategy naive --retry-delay").arg(ATTACK),
    ];
    for call in calls {
        let done = coloured(call).without_postgres().run();
        assert_shows(
            done.exits(2),
            &[],
            &["error", "a␛[2J␛[8m␛[32m␛]52;c;cHduZWQ"],
        );
    }
    let named = coloured(sim("init").arg(ATTACK)).run();
    assert_shows(named.exits(0), &[], &[SHOWN]);
    let url = coloured(sim("--strategy naive"))
        .env("SIM_DATABASE_URL", ATTACK)
        .run();
    assert_shows(url.exits(2), &[], &["error"]);
}

/// A server's messages, its own and those of a trigger.
#[test]
fn a_server_commands_nothing() {
    let database = Server::shared();
    let unknown: String = ATTACK.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let url = database.url().replace(database.name(), &unknown);
    let done = coloured(sim("--strategy naive")).at(&url).run();
    assert_shows(done.exits(1), &["NOT RUN"], &["does not exist", "␛[2J␛[8m"]);

    let letters: String = ATTACK
        .chars()
        .map(|c| format!("\\U{:08X}", u32::from(c)))
        .collect();
    database.run(&format!(
        "CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION '%', E'{letters}'; END $$; \
         CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE TABLE') \
         EXECUTE FUNCTION public.refuse()"
    ));
    for command in [
        "--strategy naive",
        "compare --strategy naive",
        "explore --strategy naive",
        "replay --strategy naive --schedule AABB",
    ] {
        let done = coloured(sim(command)).on(&database).run();
        let page: &[&str] = if command.starts_with("replay") {
            &[]
        } else {
            &[SHOWN]
        };
        assert_shows(done.exits(1), page, &[SHOWN]);
    }
}

/// Places of a result in which a string may be anything.
fn poisoned(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(path.to_owned()),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                poisoned(item, &format!("{path}/{at}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                poisoned(field, &format!("{path}/{name}"), found);
            }
        }
        _ => {}
    }
}

/// A result with a load, faults, an exploration and an early end.
fn saved() -> Value {
    let database = Server::shared();
    let name = database.name();
    database.run(&format!(
        "ALTER DATABASE {name} SET statement_timeout = '300ms'"
    ));
    let flags = "--buyers 24 --connections 8 --think-time 100ms --stock 4 --runs 1 --expect safe";
    let call = sim(&format!(
        "compare --strategy row-lock,naive {flags} --threshold sold==5"
    ));
    let mut value = call.json().on(&database).run().exits(1).written();
    value["cut_short"] = serde_json::json!({"failed": "no more"});
    value
}

/// The kind of a place: the same place in another cell, run or step is the same.
fn kind(place: &str) -> String {
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let parts = place
        .split('/')
        .map(|part| if is_number(&part) { "*" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// A string of each kind in a saved result, then all of them together, then
/// every key, hold the attack: what is still a result is printed, by the command
/// that found it out and by each other one, and against itself.
#[test]
fn a_result_file_commands_nothing() {
    let saved = saved();
    let mut places = Vec::new();
    poisoned(&saved, "", &mut places);
    let poison = |value: &mut Value, place: &str| {
        let text = value.pointer_mut(place).expect("a place");
        *text = format!("{}{ATTACK}", text.as_str().unwrap_or_default()).into();
    };
    let (mut seen, mut free) = (BTreeSet::new(), BTreeSet::new());
    for place in &places {
        if !seen.insert(kind(place)) {
            continue;
        }
        let mut value = saved.clone();
        poison(&mut value, place);
        // What is a name of ours may not be anything.
        if let Ok(dossier) = Dossier::read(&value.to_string()) {
            free.insert(kind(place));
            assert_no_page_obeys(&dossier, place);
        }
    }
    assert!(free.len() >= 15, "only {free:?} of {seen:?}");
    let mut value = saved.clone();
    for place in places.iter().filter(|place| free.contains(&kind(place))) {
        poison(&mut value, place);
    }
    let dossier = Dossier::read(&value.to_string()).expect("a result");
    assert_no_page_obeys(&dossier, "everywhere");

    let mut value = saved.clone();
    for path in [
        "/studies/0/load/server/settings",
        "/studies/0/load/cells/0/runs/0/faults/messages",
    ] {
        let fields = value
            .pointer_mut(path)
            .and_then(Value::as_object_mut)
            .expect(path);
        let all = std::mem::take(fields).into_iter();
        *fields = all
            .map(|(key, field)| (format!("{key}{ATTACK}"), field))
            .collect();
    }
    let dossier = Dossier::read(&value.to_string()).expect("a result");
    assert_no_page_obeys(&dossier, "keys");
    // The black box, once.
    let call = coloured(sim("report run.json"));
    fs::write(call.out().join("run.json"), value.to_string()).unwrap();
    assert_shows(call.run().exits(0), &[SHOWN], &[]);
}

fn assert_no_page_obeys(dossier: &Dossier, place: &str) {
    let commands = [
        Command::Run,
        Command::Compare,
        Command::Check,
        Command::Explore,
    ];
    for command in commands {
        let results = |against| Results {
            dossier: Dossier {
                command,
                ..dossier.clone()
            },
            against,
        };
        for against in [None, Some(dossier.clone())] {
            let page = page_to_terminal(&results(against), 80);
            let rest = without_own_styles(&page);
            let found: Vec<char> = rest.chars().filter(|c| is_obeyed(*c)).collect();
            assert!(found.is_empty(), "{place}: {found:?} in {rest:?}");
            // A colour of ours from outside is no colour.
            assert!(!page.contains("\u{1b}[8m") && !rest.contains("]52;c;cHduZWQ=\u{7}"));
        }
    }
}

/// A schedule that is followed repeats what was sent and answered.
#[test]
fn a_replayed_schedule_commands_nothing() {
    let done = sim("explore --on memory --strategy naive").json().run();
    let exploration = done.exploration();
    let example = exploration.cells[0].found.example.as_ref();
    let mut trace = serde_json::to_value(example.expect("an example")).expect("plain data");
    let mut places = Vec::new();
    poisoned(&trace, "", &mut places);
    let is_sent = |place: &&String| place.ends_with("/sql");
    for place in places.iter().filter(is_sent) {
        *trace.pointer_mut(place).expect("a place") = ATTACK.into();
    }
    let trace = serde_json::from_value(trace).expect("a trace");
    let server = Fingerprint {
        product: ATTACK.into(),
        version: ATTACK.into(),
        private: false,
        address: ATTACK.into(),
        settings: [].into(),
    };
    let replay = Replay {
        tables: None,
        server: Some(&server),
        victims_are_fixed: true,
        shape: &exploration.shape,
        cell: exploration.cells[0].cell,
        trace: &trace,
        guide: None,
    };
    let page = replay_to_terminal(&replay, 80);
    assert_harmless(&page);
    assert!(page.matches("efas").count() > 3, "{page}");
}

/// A call of `sim` on a terminal of its own, which `script` makes; both streams
/// go there.
fn on_a_terminal(args: &str) -> Sim {
    let script = "exec script -qec \"$SIM_UNDER_TEST\" /dev/null";
    let call = sim("").through(&["sh", "-c", script, "sh"]);
    let program = env!("CARGO_BIN_EXE_sim");
    call.env("SIM_UNDER_TEST", format!("{program} {args}"))
}

/// What was exported to the terminal is read there too.
#[test]
fn an_export_to_a_terminal_commands_nothing() {
    let mut saved = sim("explore --on memory --strategy naive")
        .json()
        .run()
        .written();
    for field in ["name", "title", "about"] {
        saved["studies"][0][field] = ATTACK.into();
    }
    for format in ["markdown", "junit", "html"] {
        let call = on_a_terminal(&format!("report run.json --{format} /dev/stdout"));
        fs::write(call.out().join("run.json"), saved.to_string()).unwrap();
        let done = call.run();
        assert!(done.stdout.contains("efas"), "{format}: {}", done.all());
        // The terminal itself turns a newline into CR and LF.
        assert_harmless(&done.stdout.replace("\r\n", "\n"));
    }
}

/// The line that moves names the scenario, by the name of its file.
#[test]
fn a_progress_line_commands_nothing() {
    let call = on_a_terminal("check");
    let directory = call.out().join("scenarios");
    fs::create_dir(&directory).unwrap();
    let text = "title = \"x\"\nstrategies = [\"atomic\"]\n[load]\nbuyers = 300\n";
    fs::write(directory.join(format!("{ATTACK}.toml")), text).unwrap();
    let done = call.env("SIM_DATABASE_URL", Server::shared().url()).run();
    assert!(
        done.stdout.contains(&format!("{SHOWN}: run 1: ")),
        "{}",
        done.all()
    );
    // The bar itself moves the cursor, and `sim` colours.
    for attack in [
        "\u{1b}[8m",
        "\u{1b}]",
        "\u{7}",
        "\u{9b}",
        "\u{202e}",
        "\u{8}",
        "\u{7f}",
    ] {
        assert!(
            !done.stdout.contains(attack),
            "{attack:?} in {}",
            done.all()
        );
    }
}
