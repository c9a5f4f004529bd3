//! Every built-in strategy as a script on tables of its own, with no rule written: what the
//! shop's audit calls broken, the judge calls broken too, unless it breaks also without a race.

use std::collections::{BTreeMap, BTreeSet};

use checkout_sim::oracle::Verdict;

use crate::fixture::{Done, Files, Server, sim};

/// By strategy and level.
type Verdicts = BTreeMap<(String, String), Verdict>;

const STRATEGIES: [&str; 11] = [
    "naive",
    "blind-decrement",
    "check-then-update",
    "check-then-decrement",
    "version-ignored",
    "check-outside",
    "autocommit",
    "optimistic",
    "row-lock",
    "atomic",
    "check-constraint",
];

/// What the audit calls broken and the judge does not, since it breaks also where one buyer comes
/// after the other: each sells without asking what is left. A serial order then ends as the
/// schedule does.
const BREAKS_WITHOUT_A_RACE: [(&str, &str); 5] = [
    ("blind-decrement", "read-committed"),
    ("blind-decrement", "repeatable-read"),
    ("blind-decrement", "serializable"),
    // At read committed it loses updates too, which no serial order does.
    ("naive", "repeatable-read"),
    ("naive", "serializable"),
];

/// The shop's tables, with one unit of each of two products: a cart of one line wants the first.
const SHOP: &str = "\
CREATE TABLE products (id integer PRIMARY KEY, name text NOT NULL, stock bigint NOT NULL, \
version bigint NOT NULL DEFAULT 0);
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \
checkout_key bigint NOT NULL, buyer integer NOT NULL, \
placed_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE order_lines (order_id bigint NOT NULL REFERENCES orders, line_no integer NOT NULL, \
product_id integer NOT NULL REFERENCES products, units integer NOT NULL, \
PRIMARY KEY (order_id, line_no));
INSERT INTO products (id, name, stock) VALUES (1, 'one', 1), (2, 'two', 1);
";

const CHECK: &str = "ALTER TABLE products ADD CONSTRAINT stock_not_negative CHECK (stock >= 0);\n";

/// A script knows of its cart what is bound for all sessions: the second buyer's lines are put the
/// other way round by the script itself.
const OTHER_WAY_ROUND: &str = "\
\\if :buyer = 2
  \\set product_1 2
  \\set product_2 1
\\endif
";

fn verdicts(done: &Done) -> Verdicts {
    let exploration = done.exploration();
    assert_eq!(exploration.cells.len(), exploration.planned.len());
    let cells = exploration.cells.iter().map(|cell| {
        assert_eq!(cell.found.fault, None, "{}", cell.cell);
        let subject = cell.cell.subject.to_string();
        let name = subject.trim_end_matches(".sql").to_owned();
        ((name, cell.cell.level.to_string()), cell.verdict())
    });
    cells.collect()
}

fn built_in(strategies: &[&str], lines: usize, flags: &str) -> Verdicts {
    let names = strategies.join(",");
    let call = format!(
        "explore -q --strategy {names} --lines {lines} --stock 1 --lock-order cart {flags}"
    );
    verdicts(&sim(&call).on(&Server::shared()).json().run())
}

/// The same as scripts; the one that needs the CHECK on tables that have it.
fn as_scripts(strategies: &[&str], lines: usize, flags: &str) -> Verdicts {
    let script = |name: &&str| {
        let file = format!(
            "{}/scenarios/scripts/{name}.sql",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read_to_string(file).expect("it ships");
        let begin = if lines == 2 { OTHER_WAY_ROUND } else { "" };
        (format!("{name}.sql"), format!("{begin}{text}"))
    };
    let scripts: Vec<(String, String)> = strategies.iter().map(script).collect();
    let checked = format!("{SHOP}{CHECK}");
    let files = scripts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()));
    let files: Vec<(&str, &str)> = files
        .chain([("shop.sql", SHOP), ("checked.sql", checked.as_str())])
        .collect();
    let folder = Files::new(&files);
    let mut all = Verdicts::new();
    for (set_up, has_check) in [("shop.sql", false), ("checked.sql", true)] {
        let meant = |name: &&&str| (**name == "check-constraint") == has_check;
        let scripts = strategies.iter().filter(meant);
        let scripts = scripts.map(|name| folder.path(&format!("{name}.sql")).display().to_string());
        let scripts: Vec<String> = scripts.collect();
        if scripts.is_empty() {
            continue;
        }
        let mut asked = sim(&format!("explore -q --strategy {}", scripts.join(",")));
        asked = asked.arg("--setup").arg(folder.path(set_up));
        for define in bound(lines) {
            asked = asked.arg("-D").arg(define);
        }
        for flag in flags.split_whitespace() {
            asked = asked.arg(flag);
        }
        all.extend(verdicts(&asked.on(&Server::shared()).json().run()));
    }
    all
}

/// What `sim` binds on its own shop.
fn bound(lines: usize) -> Vec<String> {
    let of_lines = match lines {
        1 => ["lines=1", "product_2=1", "products={1}", "units_of={1}"],
        _ => ["lines=2", "product_2=2", "products={1,2}", "units_of={1,1}"],
    };
    let of_all = [
        "product=1",
        "units=1",
        "product_1=1",
        "units_1=1",
        "units_2=1",
        "product_3=1",
        "units_3=1",
        "think_us=0",
    ];
    of_lines
        .into_iter()
        .chain(of_all)
        .map(str::to_owned)
        .collect()
}

/// Asserts that the judge says it of exactly those cells that the audit calls broken and that are
/// no exception.
fn assert_found(strategies: &[&str], lines: usize, flags: &str) {
    let (audited, judged) = (
        built_in(strategies, lines, flags),
        as_scripts(strategies, lines, flags),
    );
    let is_audited =
        |verdict: &Verdict| (Verdict::Oversells..=Verdict::Undersells).contains(verdict);
    let is_judged =
        |verdict: &Verdict| [Verdict::NotSerializable, Verdict::NotAtomic].contains(verdict);
    let broken = |verdicts: &Verdicts, is_broken: &dyn Fn(&Verdict) -> bool| {
        let broken = verdicts.iter().filter(|(_, verdict)| is_broken(verdict));
        broken
            .map(|(cell, _)| cell.clone())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(
        audited.keys().collect::<Vec<_>>(),
        judged.keys().collect::<Vec<_>>()
    );
    let mut wanted = broken(&audited, &is_audited);
    for (name, level) in BREAKS_WITHOUT_A_RACE {
        let cell = (name.to_owned(), level.to_owned());
        assert_eq!(
            wanted.remove(&cell),
            audited.contains_key(&cell),
            "{cell:?} is broken"
        );
    }
    assert!(!wanted.is_empty());
    assert_eq!(broken(&judged, &is_judged), wanted, "{judged:#?}");
}

#[test]
fn what_the_audit_calls_broken_the_judge_calls_broken_too() {
    let some = ["check-then-decrement", "row-lock", "blind-decrement"];
    assert_found(&some, 1, "--isolation read-committed");
}

/// What is no finding of the judge is none of a race.
#[test]
fn what_is_excepted_breaks_without_a_race() {
    let folder = Files::new(&[("shop.sql", SHOP)]);
    let scripts = ["naive", "blind-decrement"].map(|name| {
        format!(
            "{}/scenarios/scripts/{name}.sql",
            env!("CARGO_MANIFEST_DIR")
        )
    });
    let mut asked = sim(&format!(
        "explore -q -i serializable --strategy {}",
        scripts.join(",")
    ));
    asked = asked.arg("--setup").arg(folder.path("shop.sql"));
    asked = asked.arg("--invariant");
    asked = asked.arg("oversold=SELECT id FROM products WHERE stock < 0");
    for define in bound(1) {
        asked = asked.arg("-D").arg(define);
    }
    let exploration = asked.on(&Server::shared()).json().run().exploration();
    assert_eq!(exploration.cells.len(), 2);
    for cell in &exploration.cells {
        let without_race = cell.found.without_race.as_ref().expect("own tables");
        assert!(without_race.broken.contains("oversold"), "{}", cell.cell);
    }
}

#[test]
#[ignore = "slow: every strategy at every level"]
fn every_strategy_that_the_audit_calls_broken_is_found_as_a_script() {
    assert_found(&STRATEGIES, 1, "--isolation all");
}

/// Two carts of the same two products, in opposite orders.
#[test]
#[ignore = "slow: every strategy at every level"]
fn deep_every_strategy_is_found_as_a_script_with_two_products() {
    assert_found(&STRATEGIES, 2, "--isolation all --max-switches 2");
}
