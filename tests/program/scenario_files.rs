//! Scenario files: what is read, what is refused and on which line, what ships,
//! and what the commands make of it.

mod refused;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::fixture::{Server, Sim, entries, sim};
use checkout_sim::cell::{Cell, Subject};
use checkout_sim::oracle::Claim;
use checkout_sim::oracle::Verdict;
use checkout_sim::scenario::{
    ArrivalKind, Explore, Load, Micros, Popularity, RetryDelay, SHIPPED, ScenarioFile, Shop,
    SomeOrAll,
};
use checkout_sim::shop::{Isolation, LockOrder, Retry};
use checkout_sim::subject::{self, Strategy};
use proptest::option::of;
use proptest::prelude::{Just, any, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::{select, subsequence};
use proptest::strategy::Strategy as Generator;
use serde_json::Value;

fn shipped() -> Vec<(String, String)> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let names = entries(&directory);
    let files = names.into_iter().filter(|name| name.ends_with(".toml"));
    let read = |name: String| (fs::read_to_string(directory.join(&name)).unwrap(), name);
    let files: Vec<_> = files.map(read).map(|(text, name)| (name, text)).collect();
    assert!(files.len() >= 9, "only {}", files.len());
    files
}

fn example() -> String {
    sim("init").without_postgres().run().exits(0).stdout.clone()
}

/// Every scenario is in the program, word for word, and goes by its name in a folder
/// where no file is; a file of that name comes first.
#[test]
fn what_ships_is_in_the_program() {
    let names = SHIPPED.iter().map(|one| format!("{}.toml", one.name));
    let files: Vec<String> = shipped().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.collect::<Vec<_>>(), files);
    for (file, text) in shipped() {
        let name = file.trim_end_matches(".toml");
        let written = sim("init --from").arg(name).without_postgres().run();
        assert_eq!(written.exits(0).stdout, text, "{name}");
    }
    let explore = || sim("explore --scenario flash-sale --strategy atomic -i read-committed");
    let explore = || explore().arg("--on=memory").without_postgres();
    explore().run().exits(0).says("atomic");
    let call = explore();
    fs::write(call.out().join("flash-sale"), "strategies = 7").unwrap();
    call.run().exits(2).complains("flash-sale: line 1");
}

/// Without a word of what to check, the project's own scenarios are meant, or else all
/// that ship.
#[test]
fn check_alone_finds_scenarios() {
    let refused = |call: Sim| call.without_postgres().run().exits(2).stderr.clone();
    let threshold = "check --threshold blind-decrement:sold>0";
    let own = sim(threshold);
    fs::create_dir(own.out().join("scenarios")).unwrap();
    fs::write(
        own.out().join("scenarios/mine.toml"),
        "title = \"Mine\"\nstrategies = [\"atomic\"]",
    )
    .unwrap();
    assert!(refused(own).contains("blind-decrement does not run"));
    // Some that ship have it: only the server is missing then.
    sim(threshold).without_postgres().run().exits(1);
    assert!(refused(sim("check flash-sal")).contains("flash-sale is like it"));
    assert!(refused(sim("check xyz")).contains("exact-demand, flash-sale"));
}

#[test]
fn what_ships_can_be_read() {
    for (name, text) in shipped() {
        let file = ScenarioFile::parse(&text).unwrap_or_else(|refused| panic!("{name}: {refused}"));
        assert!(!file.about.is_empty(), "{name}");
    }
    let flash_sale = fs::read_to_string("scenarios/flash-sale.toml").unwrap();
    let flash_sale = ScenarioFile::parse(&flash_sale).unwrap();
    for strategy in Strategy::ALL {
        for isolation in Isolation::ALL {
            // Where it says nothing, the catalogue does.
            let (load, explore) = (&flash_sale.expect.load, &flash_sale.expect.explore);
            let expected = Claim::Verdict(strategy.expected(isolation, 1));
            assert_eq!(
                load.of(strategy.at(isolation)).unwrap_or(expected),
                expected
            );
            let explored = Claim::Verdict(strategy.expected_explored(isolation));
            let said = explore.of(strategy.at(isolation)).unwrap_or(explored);
            assert_eq!(said, explored);
        }
    }
}

/// `sim schema > scenarios/schema.json` makes it fresh again.
#[test]
fn the_schema_is_fresh() {
    let schema = sim("schema").without_postgres().run();
    let committed = fs::read_to_string("scenarios/schema.json").unwrap();
    assert_eq!(schema.exits(0).stdout, committed);
}

/// A key of a table of the file and a flag are one setting, by one name.
#[test]
fn every_key_is_a_flag_and_every_flag_is_a_key() {
    let schema: Value = serde_json::from_str(&ScenarioFile::schema()).unwrap();
    let keys = |table: &str| -> BTreeSet<String> {
        let keys = schema["$defs"][table]["properties"].as_object().unwrap();
        keys.keys().cloned().collect()
    };
    let flags = |command: &str, heading: &str| -> BTreeSet<String> {
        let help = sim(command).arg("--help").without_postgres().run();
        let (_, below) = help.stdout.split_once(&format!("\n{heading}:\n")).unwrap();
        let lines = below
            .lines()
            .take_while(|line| line.is_empty() || line.starts_with(' '));
        let words = lines.filter_map(|line| line.trim_start_matches(' ').split(", ").last());
        let flags = words.filter_map(|word| word.strip_prefix("--")?.split(' ').next());
        flags.map(str::to_owned).collect()
    };
    for command in ["run", "compare"] {
        assert_eq!(flags(command, "Shop"), keys("Shop"), "{command}");
        assert_eq!(flags(command, "Load"), keys("Load"), "{command}");
    }
    let mut small = flags("explore", "Small shop");
    // In a file the carts of the small shop are those of the shop.
    for of_shop in ["lines", "duplicate-lines", "lock-order", "retry"] {
        assert!(small.remove(of_shop) && keys("Shop").contains(of_shop));
    }
    // The help lists it with what else makes the search longer.
    small.extend(flags("explore", "Search").take("crash"));
    let mut own = flags("explore", "Your own tables");
    small.extend(own.take("sessions"));
    small.extend(own.take("race"));
    // In a file invariants have a table of their own.
    assert!(own.remove("invariant"));
    assert_eq!(own, keys("Tables"));
    assert_eq!(small, keys("Explore"));
}

fn any_file() -> impl Generator<Value = ScenarioFile> {
    let shop = (
        (of(40..50_u32), of(0..9_u32), of(1..5_u32), of(1..9_u32)),
        of(any::<bool>()),
        of(select(vec![LockOrder::Sorted, LockOrder::Cart])),
        of(select(vec![Retry::Uncommitted, Retry::WholeScript])),
        of(prop_oneof![
            Just(Popularity::Uniform),
            (0.1..3.0).prop_map(|exponent| Popularity::Zipf { exponent }),
            (0.1..0.9).prop_map(|share| Popularity::Hot { share }),
        ]),
    );
    let shop = shop.prop_map(
        |((products, stock, lines, units), duplicate_lines, lock_order, retry, popularity)| Shop {
            // More than any number of lines.
            products: Some(products.unwrap_or(40)),
            stock,
            lines,
            // One line alone has nothing to be a duplicate of.
            duplicate_lines: duplicate_lines.map(|are| are && lines.unwrap_or(1) > 1),
            units,
            lock_order,
            retry,
            popularity,
        },
    );
    let delay = (0..9_000_u64, 9_000..90_000_000_u64);
    let load = (
        (of(1..900_u32), of(1..90_u32), of(0.1..900.0)),
        (of(0..9_000_000_u64), of(1..90_u32), of(delay)),
        (of(1..9_u32), of(any::<u32>())),
    );
    let load = load.prop_map(
        |((buyers, connections, rate), (think, tries, delay), (runs, seed))| Load {
            buyers,
            connections,
            arrival: rate.map(|_| ArrivalKind::Poisson),
            rate,
            think_time: think.map(Micros),
            max_tries: tries,
            retry_delay: delay.map(|(min_us, max_us)| RetryDelay { min_us, max_us }),
            runs,
            seed: seed.map(u64::from),
            mix: runs.map(|weight| format!("a={weight},b=2").parse().unwrap()),
            key: tries.map(|keys| format!(":buyer % {keys}")),
        },
    );
    let explore = (
        of(2..5_u32),
        of(1..9_u32),
        of(1..4_u32),
        of(any::<bool>()),
        of(0..900_u32),
    );
    let explore = explore.prop_map(|(buyers, stock, max_tries, crash, race)| Explore {
        buyers,
        stock,
        products: None,
        units: None,
        sessions: None,
        max_tries,
        race,
        crash,
    });
    let strategies = prop_oneof![
        Just(SomeOrAll::All),
        subsequence(subject::ALL.to_vec(), 1..5).prop_map(SomeOrAll::Some),
    ];
    let thresholds = subsequence(
        vec!["p(99.9)<=1.5s", "sold==100", "attempts_per_sale<2.5"],
        0..3,
    );
    let whole = (
        ".{0,9}",
        strategies,
        any::<bool>(),
        thresholds,
        shop,
        load,
        explore,
    );
    whole.prop_map(
        |(title, strategies, is_referred, thresholds, shop, load, explore)| ScenarioFile {
            service: None,
            tables: Default::default(),
            invariants: Default::default(),
            faults: Default::default(),
            format: None,
            reference: is_referred.then(|| strategies.resolve()[0]),
            // One that binds no cell is refused.
            thresholds: thresholds
                .iter()
                .filter(|_| strategies.resolve().into_iter().any(may_be_safe))
                .map(|text| text.parse().unwrap())
                .collect(),
            title,
            about: String::new(),
            seen_in: Vec::new(),
            strategies,
            isolation: SomeOrAll::All,
            shop,
            load,
            explore,
            expect: Default::default(),
        },
    )
}

/// Whether the catalogue calls it safe at some level, whatever the carts.
fn may_be_safe(subject: Subject) -> bool {
    let mut levels = Isolation::ALL.into_iter();
    levels.any(|level| subject::expected(Cell { subject, level }, 2) == Some(Verdict::Safe))
}

proptest! {
    #[test]
    fn what_is_written_is_read(file in any_file()) {
        let text = toml::to_string(&file).unwrap();
        let read = ScenarioFile::parse(&text);
        prop_assert_eq!(read.as_ref(), Ok(&file), "{}", text);
    }
}

// The commands -----------------------------------------------------------------

#[test]
fn a_file_is_run_and_its_expectations_are_held() {
    let database = Server::shared();
    // Of three runs together there are races enough, however busy the machine is.
    let right = sim("--scenario sale.toml --buyers 100 --stock 20 --runs 3");
    let example = example().replace("sold==100", "sold==20");
    fs::write(right.out().join("sale.toml"), &example).unwrap();
    let right = right.on(&database).json().run();
    right.exits(0).says("all 16 expectations hold");
    // A flag overrides the file.
    assert_eq!(right.json()["scenario"]["buyers"], 100);
    assert_eq!(right.json()["scenario"]["connections"], 16);
    // The other direction: what the file says is not what happens.
    let wrong =
        sim("--scenario sale.toml --buyers 100 --stock 20 --runs 3 --isolation read-committed");
    let text = example.replace("{ read-committed = \"oversells\" }", "\"safe\"");
    fs::write(wrong.out().join("sale.toml"), text).unwrap();
    let wrong = wrong.on(&database).run();
    wrong
        .exits(10)
        .says("2 of 9 expectations do not hold")
        .says("expected: safe");
}

#[test]
fn a_file_is_explored() {
    let explore = |flags: &str| {
        let call = sim(&format!("explore --on memory --scenario sale.toml {flags}"));
        fs::write(call.out().join("sale.toml"), example()).unwrap();
        call.run()
    };
    explore("")
        .exits(0)
        .says("all 6 expectations hold")
        .says("every schedule of 2 buyers");
    explore("--buyers 3")
        .exits(0)
        .says("every schedule of 3 buyers");
    // One file, named once: with its flag or without.
    explore("sale.toml")
        .exits(2)
        .complains("cannot be used with");
    // Of a strategy that the file does not name the catalogue tells.
    explore("--strategy naive")
        .exits(0)
        .says("all 2 expectations hold");
    explore("--strategy naive --expect safe")
        .exits(10)
        .says("2 of 2 expectations do not hold")
        .says("AAAAABBBBB");
}

#[test]
fn a_file_that_is_wrong_starts_nothing() {
    for command in ["", "explore "] {
        let call = sim(&format!("{command}--scenario sale.toml")).without_postgres();
        fs::write(call.out().join("sale.toml"), "title = 1").unwrap();
        let done = call.run();
        done.exits(2)
            .says_nothing()
            .complains("error: sale.toml: line 1: ");
        let missing = sim(&format!("{command}--scenario no/such.toml"))
            .without_postgres()
            .run();
        missing
            .exits(2)
            .complains("cannot read no/such.toml: No such file");
    }
}

#[test]
fn init_never_overwrites() {
    let call = sim("init sale.toml");
    fs::write(call.out().join("sale.toml"), "precious").unwrap();
    let done = call.run();
    done.exits(2).complains("sale.toml is already there");
    assert_eq!(
        fs::read_to_string(done.out().join("sale.toml")).unwrap(),
        "precious"
    );
    let fresh = sim("init sale.toml").run();
    fresh
        .exits(0)
        .says_nothing()
        .complains("sim compare sale.toml");
    let written = fs::read_to_string(fresh.out().join("sale.toml")).unwrap();
    assert_eq!(written, example());
}
