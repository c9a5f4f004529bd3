//! Files that are refused: on which line, and in which words.

use checkout_sim::scenario::ScenarioFile;

use super::example;

/// Each line of the example with a key in it, broken in several ways: refused,
/// with its line.
#[test]
fn a_broken_line_is_refused_by_its_number() {
    let example = example();
    ScenarioFile::parse(&example).expect("the example is valid");
    let lines: Vec<&str> = example.lines().collect();
    let mut broken = 0;
    for (at, line) in lines.iter().enumerate() {
        let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) else {
            continue;
        };
        for wrong in [
            format!("{key}x = 1"),
            format!("{key} = [[1]]"),
            format!("{key} = -1"),
            format!("{key} = \"no such thing\""),
            format!("{key} ="),
        ] {
            // Any text will do for these.
            if wrong.ends_with("thing\"") && matches!(key, "title" | "about") {
                continue;
            }
            let mut text = lines.clone();
            text[at] = &wrong;
            let refused = ScenarioFile::parse(&text.join("\n")).expect_err(&wrong);
            assert_eq!(refused.line, at + 1, "{wrong}: {refused}");
            broken += 1;
        }
    }
    assert!(broken > 70, "only {broken}");
}

#[test]
fn a_refusal_names_what_was_meant() {
    let refused = |from: &str, to: &str| {
        let text = example();
        assert!(text.contains(from), "{from}");
        ScenarioFile::parse(&text.replacen(from, to, 1))
            .unwrap_err()
            .to_string()
    };
    for (from, to, said) in [
        ("buyers = 500", "buyrs = 500", "did you mean `buyers`?"),
        ("[load]", "[lode]", "did you mean `load`?"),
        ("\"row-lock\"", "\"row-lok\"", "did you mean \"row-lock\"?"),
        (
            "isolation = [\"read-committed\"",
            "isolation = [\"read-commited\"",
            "did you mean \"read-committed\"?",
        ),
        (
            "{ read-committed = \"oversells\" }",
            "{ read-committed = \"oversell\" }",
            "did you mean \"oversells\"?",
        ),
        (
            "[explore]",
            "[explore]\nunits = []",
            "units = none: give one number for all buyers",
        ),
        (
            "lines = 1 ",
            "lines = 2 ",
            "lines = 2: every line is another product, and there are 1",
        ),
        (
            "arrival = \"burst\"",
            "arrival = \"poisson\"",
            "needs a --rate",
        ),
        (
            "strategies = [\"check-then-update\", ",
            "strategies = [",
            "check-then-update has a verdict, but is not among the strategies",
        ),
        (
            "think-time = \"0\"",
            "think-time = \"5\"",
            "a duration is a number with a unit",
        ),
        (
            "think-time = \"0\"",
            "think-time = \"25h\"",
            "\"25h\": longer than a day",
        ),
        (
            "popularity = \"uniform\"",
            "popularity = \"zipf:x\"",
            "\"zipf:x\": popularity is uniform, ",
        ),
        (
            "retry-delay = \"1ms..50ms\"",
            "retry-delay = \"5ms\"",
            "\"5ms\": a retry delay is written MIN..MAX",
        ),
        (
            "buyers = 500",
            "buyers = \"500\"",
            "string \"500\", expected a whole number from 0 to 4294967295",
        ),
        (
            "arrival = \"burst\"",
            "arrival = 3",
            "expected a name in quotes",
        ),
        (
            "buyers = 500",
            "buyers = 99999999999999999999",
            "integer `99999999999999999999`, expected a whole number from 0 to 4294967295",
        ),
        (
            "isolation = [\"read-committed\", \"repeatable-read\"]",
            "isolation = [\"all\"]",
            "write \"all\" without brackets",
        ),
        (
            "strategies = [\"check-then-update\", \"optimistic\", \"row-lock\"]",
            "strategies = []",
            "names no strategy: name one, or write \"all\"",
        ),
        (
            "[shop]",
            "[shop]\nbuyers = 5",
            "`buyers` belongs to [load] or [explore]",
        ),
        ("[shop]", "runs = 5\n[shop]", "`runs` belongs to [load]"),
        (
            "[load]",
            "[load]\nreference = \"naive\"",
            "`reference` belongs to the top, above all tables",
        ),
        (
            "[expect.load]",
            "[expect]\nnaive = \"safe\"\n[expect.load]",
            "`naive` belongs to [expect.load] or [expect.explore]",
        ),
        (
            "duplicate-lines = false",
            "duplicate-lines = true",
            "duplicate-lines = true: needs --lines 2 or more",
        ),
    ] {
        let message = refused(from, to);
        assert!(message.contains(said), "{to}: {message}");
        assert!(message.starts_with("line "), "{message}");
    }
}

/// The least that is a file, with more below it.
fn refused_on(line: usize, below: &str) -> String {
    let text = format!("title = \"\"\nstrategies = [\"row-lock\", \"atomic\"]\n{below}");
    let refused = ScenarioFile::parse(&text).expect_err(below);
    assert_eq!(refused.line, line, "{text}\n{refused}");
    refused.problem
}

/// However TOML lets a key be written, its own line is named.
#[test]
fn the_line_is_that_of_the_key() {
    for (line, below) in [
        (4, "[explore] # small\nbuyers = 1"),
        (4, "[ explore ]\nbuyers = 1"),
        (6, "[load]\nbuyers = 9\n[explore]\nbuyers = 1"),
        (3, "load.buyers = 0"),
        (3, "explore.buyers = 1"),
        (3, "shop = { lines = 3 }"),
        (4, "[load]\n\"buyers\" = 0"),
        (7, "about = \"\"\"\nbuyers = 1\n\"\"\"\n[load]\nbuyers = 0"),
        (3, "[expect.load.naive]\nread-committed = \"safe\""),
        (4, "[expect.explore]\nnaive = \"safe\""),
        (
            6,
            "[expect.load]\nrow-lock = \"safe\"\n[expect.explore]\nnaive = \"safe\"",
        ),
        (3, "reference = \"naive\""),
        (4, "thresholds = [\n\"naive: sold==1\"\n]"),
        (5, "thresholds = [\n\"sold==1\",\n\"sold==x\",\n]"),
        (5, "thresholds = [\n\"sold==1\",\n7,\n]"),
        (4, "isolation = [\n\"serialisable\"]"),
        // What is wrong in the case may be said of the shop, or follow from that.
        (4, "[shop]\nunits = 2000000\n[explore]\nbuyers = 2"),
        (
            7,
            "[shop]\nstock = 9\nunits = 1000000\n[explore]\nstock = 0",
        ),
        (
            6,
            "[shop]\nstock = 9\nlines = 3\nunits = 900000\nduplicate-lines = true\n[explore]",
        ),
    ] {
        refused_on(line, below);
    }
}

/// What would never be looked at is no slip to pass over.
#[test]
fn what_never_applies_is_refused() {
    let overselling = "[expect.load]\nrow-lock = \"oversells\"\natomic = \"oversells\"";
    let said = refused_on(3, &format!("thresholds = [\"sold==1\"]\n{overselling}"));
    assert!(said.contains("no cell is expected to be safe"), "{said}");
    assert!(said.contains("\"row-lock: sold==1\""), "{said}");
    let said = refused_on(
        5,
        "[expect.load]\n# At one level.\nfor-update = { serializable = \"safe\" }",
    );
    assert!(
        said.contains("at serializable, which is not among"),
        "{said}"
    );
    let said = refused_on(4, "[expect.explore.atomic]\nserializable = \"safe\"");
    assert!(
        said.contains("at serializable, which is not among"),
        "{said}"
    );
    refused_on(3, "thresholds = [\"sold==1.5\"]");
}

/// A file of a later version is refused by its number, not by the first key that this
/// one does not know.
#[test]
fn a_newer_format_is_refused_by_its_number() {
    let example = example();
    let newer = format!("# later\nflow = [\"pay\"]\nformat = 2\n{example}");
    let refused = ScenarioFile::parse(&newer).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "line 3: written in format 2, and this version of sim reads format 1"
    );
    let own = ScenarioFile::parse(&format!("format = 1\n{example}"));
    assert_eq!(own.expect("its own format").format, Some(1));
    ScenarioFile::parse(&format!("format = \"new\"\n{example}")).unwrap_err();
}
