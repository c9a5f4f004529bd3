//! The table of a service: what it says is taken, and what is wrong in it is told by its key.

use std::time::Duration;

use checkout_sim::scenario::{ScenarioFile, Service, ServicePlan, WrongService};

const SERVICE: &str = r#"
command = "exec ./shop"
env = { PGHOST = "${host}", MODE = "${variant}", URL = "jdbc:postgresql://${host}:${port}/${db}" }
probe = "/health"
ready-within = "1m"
timeout = "500ms"
look-up = "SELECT 1 FROM orders WHERE key = ${checkout_key}"

[[before]]
request = "POST /products"
body = { stock = "${stock}" }
take = { shelf = "id" }

[[steps]]
request = "POST /buy/${shelf}"
headers = { X-Buyer = "${buyer}" }
body = { units = "${units}" }
done = [201, "3xx"]
refused = [{ status = 409, path = "error", is = "sold-out" }, { path = "left", is = 0 }]
again = [409]
failed = ["4xx"]
"#;

fn plan(text: &str) -> Result<ServicePlan, WrongService> {
    let service: Service = toml::from_str(text).unwrap_or_else(|error| panic!("{error}"));
    service.plan()
}

#[test]
fn a_service_is_read_as_written() {
    let service = plan(SERVICE).expect("a plan");
    assert_eq!(service.probe, "/health");
    let started = service.started().expect("a command");
    assert_eq!(started.ready_within, Duration::from_secs(60));
    assert_eq!(service.timeout, Duration::from_millis(500));
    assert_eq!(service.operations[0].1.steps[0].shown, "POST /buy/${shelf}");
    let usual = "command = 'x'\n[[steps]]\nrequest = 'GET /'";
    let usual = plan(usual).expect("a plan");
    assert_eq!(
        (usual.probe.as_str(), usual.timeout),
        ("/", Duration::from_secs(10))
    );
}

/// Each mistake in a file that is otherwise right, and the key that is blamed.
#[test]
fn what_is_wrong_is_told_by_its_key() {
    for (from, to, request, key) in [
        (
            "command = \"exec ./shop\"",
            "command = ' '",
            None,
            "command",
        ),
        ("MODE =", "PORT =", None, "env"),
        ("MODE =", "\"A B\" =", None, "env"),
        ("${variant}", "${buyer}", None, "env"),
        ("\"/health\"", "\"health\"", None, "probe"),
        ("${checkout_key}", "${shelf}", None, "look-up"),
        (
            "POST /products",
            "POST products",
            Some(("before", 0)),
            "request",
        ),
        ("${stock}", "${buyer}", Some(("before", 0)), "body"),
        ("\"id\"", "\"id..x\"", Some(("before", 0)), "take"),
        (
            "/buy/${shelf}",
            "/buy/${stock}",
            Some(("steps", 0)),
            "request",
        ),
        ("X-Buyer", "Content-Length", Some(("steps", 0)), "headers"),
        ("201,", "99,", Some(("steps", 0)), "done"),
        ("\"3xx\"", "\"3x\"", Some(("steps", 0)), "done"),
        (
            "path = \"error\"",
            "path = \"error[\"",
            Some(("steps", 0)),
            "refused",
        ),
        (
            "again = [409]",
            "again = [1000]",
            Some(("steps", 0)),
            "again",
        ),
        ("\"4xx\"", "\"all\"", Some(("steps", 0)), "failed"),
    ] {
        assert!(SERVICE.contains(from), "{from}");
        let wrong = plan(&SERVICE.replace(from, to)).expect_err(to);
        assert_eq!(
            (wrong.request, wrong.key),
            (request, key),
            "{to}: {wrong:?}"
        );
    }
    let nothing = plan("command = 'x'").expect_err("nothing is sent");
    assert_eq!(nothing.key, "steps");
}

/// A key that is not known, and a value of another kind.
#[test]
fn what_is_no_setting_is_refused() {
    for (from, to, told) in [
        ("probe =", "prob =", "unknown field `prob`"),
        ("[201,", "[true,", "expected a status such as 409"),
        (
            "is = 0 }",
            "is = 0, was = 1 }",
            "expected a status such as 409",
        ),
        ("\"500ms\"", "\"500\"", "a duration is a number with a unit"),
    ] {
        let read = toml::from_str::<Service>(&SERVICE.replace(from, to));
        let error = read.expect_err(to).to_string();
        assert!(error.contains(told), "{to}: {error}");
    }
}

/// A scenario file with the table in it.
fn file(strategies: &str) -> String {
    let table = SERVICE.replace("[[", "[[service.");
    let invariant = "oversold = \"SELECT 1 WHERE false\"";
    format!("title = \"t\"\n{strategies}\n[service]{table}\n[invariants]\n{invariant}\n")
}

/// Variants are named as such; where none is named, the service is the one subject.
#[test]
fn a_file_names_the_variants_of_its_service() {
    let variants = |strategies: &str| {
        let read = ScenarioFile::parse(&file(strategies)).unwrap_or_else(|it| panic!("{it}"));
        let subjects = read.strategies.resolve().into_iter();
        let variants = subjects.map(|subject| subject.variant().expect("a service"));
        variants.collect::<Vec<_>>()
    };
    assert_eq!(variants(""), ["service"]);
    let two = "strategies = [\"service:naive\", \"service:row-lock\"]\nthresholds = [\"service:naive: sold==5\"]";
    assert_eq!(variants(two), ["naive", "row-lock"]);
}

/// What is wrong is told by its line, also within a request.
#[test]
fn a_file_with_a_wrong_service_is_refused_by_its_line() {
    let line_of = |text: &str, part: &str| {
        let at = text.lines().position(|line| line.contains(part));
        at.expect(part) + 1
    };
    for (from, to, part, told) in [
        ("\"/health\"", "\"health\"", "probe", "is no path"),
        ("[201,", "[99,", "done", "is no status"),
        ("${stock}", "${buyer}", "body = { stock", "${buyer}"),
        (
            "request = \"POST /buy",
            "request = \"SEND /buy",
            "SEND",
            "SEND",
        ),
    ] {
        let text = file("").replace(from, to);
        let refused = ScenarioFile::parse(&text).expect_err(to);
        assert_eq!(refused.line, line_of(&text, part), "{refused}");
        assert!(refused.problem.contains(told), "{refused}");
    }
    for (strategies, told) in [
        ("strategies = [\"naive\"]", "write \"service:naive\""),
        (
            "strategies = [\"service:\"]",
            "there is no strategy \"service:\"",
        ),
        ("isolation = [\"serializable\"]", "a service says itself"),
    ] {
        let refused = ScenarioFile::parse(&file(strategies)).expect_err(strategies);
        assert_eq!(refused.line, 2, "{refused}");
        assert!(refused.problem.contains(told), "{refused}");
    }
    for (without, told) in [
        (
            "title = \"t\"\nstrategies = [\"service:a\"]",
            "[service] says how",
        ),
        ("title = \"t\"", "missing field `strategies`"),
    ] {
        let refused = ScenarioFile::parse(without).expect_err(without);
        assert!(refused.problem.contains(told), "{refused}");
    }
}
