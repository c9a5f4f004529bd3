//! Scripts on tables of the user's own, seen from outside.

mod refused;

use std::fs;
use std::path::PathBuf;

use crate::fixture::{Files, Server, Sim, sim};

/// One product with one unit, and the orders of it.
const SHOP: &str = "\
CREATE TABLE item (id integer PRIMARY KEY, stock integer NOT NULL);
CREATE TABLE sale (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item integer REFERENCES item, buyer bigint, at timestamptz DEFAULT clock_timestamp());
INSERT INTO item VALUES (7, 1);
";

/// Looks, and then takes: two buyers get the one unit.
const NAIVE: &str = "\
BEGIN;
SELECT stock FROM item WHERE id = :item \\gset
\\if :stock < 1
  ROLLBACK;
\\else
  UPDATE item SET stock = stock - 1 WHERE id = :item;
  INSERT INTO sale (item, buyer) VALUES (:item, :buyer);
  COMMIT;
\\endif
";

/// The set-up, the naive script and the fixed one, and other files.
struct Folder(Files);

impl Folder {
    fn new(others: &[(&str, &str)]) -> Self {
        Self(Files::naive_and_fixed(SHOP, NAIVE, others))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }

    fn explore(&self, script: &str, args: &str) -> Sim {
        let (script, setup) = (self.path(script), self.path("shop.sql"));
        sim(&format!(
            "explore --strategy {} --setup {} -D item=7 {args}",
            script.display(),
            setup.display()
        ))
    }

    /// The same with the rule that no unit is sold twice.
    fn held(&self, script: &str, args: &str) -> Sim {
        self.explore(script, args).arg("--invariant").arg(OVERSOLD)
    }
}

const OVERSOLD: &str = "oversold=SELECT id, stock FROM item WHERE stock < 0";

/// What breaks breaks in as many schedules as of any checkout that looks first, each row that
/// is committed is shown, the printed command repeats it, and the lock holds.
#[test]
fn own_tables_are_explored_and_judged_by_what_must_hold() {
    let folder = Folder::new(&[]);
    let done = folder.held("naive.sql", "").json().run();
    done.exits(10).complains_of_nothing();
    done.says("VIOLATES  naive.sql at read-committed")
        .says("reproduced 10 of 10")
        .says("A: naive")
        .says("** item 7: stock 1 → 0")
        .says("oversold answered:\n  id 7, stock -1")
        .is_narrow();
    let found = &done.exploration().cells[0].found;
    let proving = found.proving(checkout_sim::oracle::Verdict::Violates);
    assert_eq!((found.covered.schedules, proving), (92, 80));
    // Neither the ids that a sequence gave nor the times make another ending.
    assert_eq!(found.endings.len(), 3, "both done, or one of two refused");
    let again = done.stdout.split_once("again: sim ").expect("a command").1;
    let again = again.replace("\\\n", " ");
    let (flags, invariant) = again.split_once("--invariant '").expect("the rule");
    let (rule, rest) = invariant.split_once('\'').expect("its end");
    let replayed = sim(flags).arg("--invariant").arg(rule);
    let replayed = rest.split_whitespace().fold(replayed, Sim::arg).run();
    replayed.exits(10).says("oversold 1 row").says("violates");

    let held = folder.held("fixed.sql", "").run();
    held.exits(0).says("SAFE  fixed.sql at read-committed");
    let later = folder.held("fixed.sql", "-i repeatable-read --max-tries 2");
    later.run().exits(0).says("SAFE");
}

/// An ending in which a script failed says where it did, and what to write instead: on tables
/// of its own, and on the shop.
#[test]
fn an_ending_names_the_cast_that_is_missing() {
    let untyped = "BEGIN;\nSELECT :buyer + :buyer AS n \\gset\nCOMMIT;\n";
    let folder = Folder::new(&[("untyped.sql", untyped)]);
    let on_shop = sim(&format!(
        "explore --strategy {}",
        folder.path("untyped.sql").display()
    ));
    for explored in [folder.held("untyped.sql", ""), on_shop] {
        let done = explored.run();
        let ending = done.stdout.split_once("endings").expect("endings").1;
        let ending = ending.split_whitespace().collect::<Vec<_>>().join(" ");
        let ending = ending.split("such as A").next().unwrap();
        let says = |text: &str| assert!(ending.contains(text), "no {text:?} in {}", done.stdout);
        says("A failed: ");
        says("untyped.sql:2:");
        says("write a cast, such as :buyer::int");
    }
}

/// Without any rule, the same race is found by what no serial order leaves: the difference is
/// told row by row, with its name, the printed command repeats it, and the lock holds.
#[test]
fn own_tables_are_judged_by_their_serial_orders() {
    let folder = Folder::new(&[]);
    let done = folder.explore("naive.sql", "").json().run();
    done.exits(10).complains_of_nothing();
    done.says("NOT-SERIALIZABLE  naive.sql at read-committed")
        .says("A and B both have item 7 in sale; one after the other")
        .says("Read skew: A read item with id 7 before B changed item with id 7")
        .says("beside A, then B:")
        .says("B: done here, refused there")
        .says("item id 7: stock -1 here, 0 there")
        .says("by the rows that share a value: sale.id")
        .says("any moment of the run is as good as another: sale.at")
        .is_narrow();
    let found = &done.exploration().cells[0].found;
    let proving = found.proving(checkout_sim::oracle::Verdict::NotSerializable);
    assert_eq!((found.covered.schedules, proving), (92, 80));
    let again = done.stdout.split_once("again: sim ").expect("a command").1;
    let replayed = sim(&again.replace("\\\n", " ")).run();
    replayed.exits(10).says("not serializable");
    // The other pages show no schedule, and say what is wrong with its end all the same.
    let sentence = "A and B both have item 7 in sale; one after the other (A, then B), B would have \
                    been refused";
    let rows = [
        "beside A, then B: B: done here, refused there",
        "beside A, then B: item id 7: stock -1 here, 0 there",
        "after step 5: B sees item 7: stock 0 (committed 1)",
    ];
    let results = done.out().join("run.json");
    for flag in ["markdown", "junit", "csv"] {
        let page = done.out().join(flag);
        let report = sim(&format!("report {} --{flag}", results.display()));
        report.arg(&page).run().exits(0);
        let text = fs::read_to_string(&page).unwrap().replace('\\', "");
        assert!(text.contains(sentence), "{flag}: {text}");
        let rows = rows.iter().filter(|_| flag != "csv");
        rows.for_each(|row| assert!(text.contains(row), "{flag}: no {row} in {text}"));
    }
    let csv = fs::read_to_string(done.out().join("csv")).unwrap();
    let head = "scenario,strategy,isolation,explored,explored_says\n";
    let first = ",naive.sql,read-committed,not-serializable,\"A and B both have";
    assert!(csv.starts_with(&format!("{head}{first}")), "{csv}");

    let held = folder.explore("fixed.sql", "").run();
    held.exits(0).says("SAFE  fixed.sql at read-committed");
    held.says("no end contradicts a serial order");
}

/// What is left out is named; what callers were told is compared all the same.
#[test]
fn what_is_ignored_is_named() {
    let folder = Folder::new(&[]);
    let done = folder.explore("naive.sql", "--ignore item,sale");
    let done = done.run();
    done.exits(10)
        .says("NOT-SERIALIZABLE")
        .says("B would have been refused")
        .says("not compared, as asked: item, sale");
}

/// An error that only a race brings to a caller is a finding of its own, unless it is allowed;
/// one that comes without a race as well is none.
#[test]
fn an_error_that_only_a_race_brings_is_told() {
    let unique = "\
BEGIN;
SELECT count(*) AS n FROM sale WHERE item = :item \\gset
\\if :n > 0
  ROLLBACK;
\\else
  INSERT INTO sale (item, buyer) VALUES (:item, :buyer);
  COMMIT;
\\endif
";
    let always = "INSERT INTO sale (item, buyer) VALUES (8, :buyer);\n\\set outcome_done 1\n";
    let folder = Folder::new(&[
        ("unique.sql", unique),
        ("always.sql", always),
        ("key.sql", "CREATE UNIQUE INDEX ON sale (item);"),
    ]);
    let with_key = |script, args: &str| {
        let key = format!("--setup {} {args}", folder.path("key.sql").display());
        folder.held(script, &key).run()
    };
    with_key("unique.sql", "")
        .exits(10)
        .says("RAISES-ERRORS  unique.sql")
        .says("heard 23505");
    with_key("unique.sql", "--allow 23505")
        .exits(0)
        .says("SAFE");
    let serial = with_key("always.sql", "");
    serial
        .exits(11)
        .says("INCONCLUSIVE")
        .says("no session changed a row");
}

/// Each pair of a directory's operations is explored; a meeting can be named, and a submission
/// can come twice.
#[test]
fn operations_of_a_directory_meet() {
    let back = "\
BEGIN;
DELETE FROM sale WHERE id = (SELECT min(id) FROM sale);
UPDATE item SET stock = stock + 1 WHERE id = :item AND :ROW_COUNT > 0;
COMMIT;
";
    let keyed = "\
BEGIN;
SELECT count(*) AS n FROM sale WHERE buyer = :buyer \\gset
\\if :n = 0
  INSERT INTO sale (item, buyer) VALUES (:item, :buyer);
\\endif
COMMIT;
";
    let folder = Folder::new(&[
        ("ops/buy.sql", NAIVE),
        ("ops/back.sql", back),
        ("once.sql", keyed),
    ]);
    let all = folder.held("ops", "").json().run();
    all.exits(10).complains_of_nothing();
    let exploration = all.exploration();
    let names: Vec<String> = exploration
        .cells
        .iter()
        .map(|cell| cell.cell.subject.to_string())
        .collect();
    assert_eq!(names, ["ops/back+back", "ops/back+buy", "ops/buy+buy"]);
    let named = folder.held("ops", "--sessions buy,buy").run();
    named.exits(10).says("VIOLATES  ops/buy+buy");

    let twice = "twice=SELECT buyer FROM sale GROUP BY buyer HAVING count(*) > 1";
    let of = |sessions: &str| {
        let once = folder.explore("once.sql", sessions);
        once.arg("--invariant").arg(twice).run()
    };
    of("").exits(0).says("SAFE  once.sql");
    of("--sessions once,once=A")
        .exits(10)
        .says("VIOLATES  once.sql:once+once=A");
}

/// What callers were told and what they did outside the database can be held to the tables.
#[test]
fn outcomes_and_effects_can_be_joined() {
    let charge = NAIVE.replace(
        "  COMMIT;",
        "  \\effect charged :item\n  ROLLBACK;\n  \\set outcome_done 1",
    );
    let folder = Folder::new(&[("charge.sql", &charge)]);
    let rule = |sql: &str| {
        let done = folder.explore("charge.sql", "").arg("--invariant").arg(sql);
        done.run()
    };
    rule("told=SELECT o.actor, o.outcome FROM sim.outcomes o WHERE o.outcome = 'done' AND NOT EXISTS (SELECT FROM sale s WHERE s.buyer = o.buyer)")
        .exits(10)
        .says("told breaks also without a race");
    rule("charged=SELECT name, value, count(*) FROM sim.effects GROUP BY 1, 2 HAVING count(*) > 1")
        .exits(10)
        .says("name charged, value 7, count 2");
    rule("item=SELECT variables FROM sim.outcomes WHERE variables->>'item' <> '7'").exits(11);
}

/// After each step a session is shown with what it alone sees, where that is not what is
/// committed; where a look would change what comes, the page says so and shows none.
#[test]
fn what_a_session_itself_sees_is_shown() {
    // What a look prepares in the session is counted, and steers what the script writes.
    let counts = NAIVE.replace(
        "  COMMIT;",
        "  UPDATE item SET stock = stock - (SELECT count(*) FROM pg_prepared_statements) * 0\n\
         - CASE WHEN EXISTS (SELECT FROM pg_prepared_statements WHERE statement ~ '^SAVEPOINT') \
         THEN 100 ELSE 0 END;\n  COMMIT;",
    );
    let folder = Folder::new(&[("counts.sql", &counts)]);
    let replay = |script: &str, args: &str| {
        let (script, setup) = (folder.path(script), folder.path("shop.sql"));
        sim(&format!(
            "replay --strategy {} --setup {} -D item=7 {args}",
            script.display(),
            setup.display()
        ))
        .arg("--invariant")
        .arg(OVERSOLD)
        .run()
    };
    let shown = replay("naive.sql", "--schedule AABBAAABBB");
    shown
        .exits(10)
        .says_in_words("~~ A sees item 7: stock 0 (committed 1)")
        .says("~~ A sees sale: new row (id 1,")
        .says("~~: what the session itself sees");
    // B waits for A's row; freed, it has taken the stock that A has left.
    let waits = replay("naive.sql", "--schedule AABBABAABB");
    waits
        .exits(10)
        .says(".. waits for A")
        .says_in_words("~~ B sees item 7: stock -1 (committed 0)");

    let serializable = replay("naive.sql", "-i serializable --schedule AAAAABB --guided");
    serializable
        .says_in_words("a look would change what comes")
        .says("** item 7: stock 1 → 0");
    assert!(
        !serializable.stdout.contains("~~"),
        "{}",
        serializable.all()
    );

    let disturbed = replay("counts.sql", "--schedule AAAAAABB --guided");
    disturbed
        .says_in_words("the schedule went another way")
        .says("** item 7: stock 1 → 0");
    assert!(!disturbed.stdout.contains("~~"), "{}", disturbed.all());
}

/// What scripts leave in their sessions is named on every page, and is no verdict.
#[test]
fn what_a_script_leaves_in_its_session_is_named() {
    let leaves = "\
BEGIN;
SELECT pg_advisory_lock_shared(:item);
SET work_mem TO '5MB';
PREPARE again AS SELECT 1;
LISTEN news;
CREATE TEMPORARY TABLE mine (n integer);
DECLARE kept CURSOR WITH HOLD FOR SELECT 1;
INSERT INTO sale (item, buyer) VALUES (:item, :buyer);
COMMIT;
";
    // Only where the other one came between.
    let races = "\
BEGIN;
SELECT count(*) AS n FROM sale \\gset
INSERT INTO sale (item, buyer) VALUES (:item, :buyer);
SELECT count(*) AS m FROM sale \\gset
\\if :m > :n + 1
  SELECT pg_advisory_lock_shared(5);
\\endif
COMMIT;
";
    let folder = Folder::new(&[("leaves.sql", leaves), ("races.sql", races)]);
    let named = "leaves leaves in its session: advisory lock 7, channel news, cursor kept, prepared \
                 statement again, setting work_mem, temporary table mine";
    let quick = "--max-switches 1";
    let done = folder.held("leaves.sql", quick).json().run();
    done.says_in_words(named);
    assert_eq!(done.exploration().cells[0].found.judgement.proven, []);
    let results = done.out().join("run.json");
    let pages = ["html", "markdown", "junit"].map(|flag| (flag, done.out().join(flag)));
    let report = sim(&format!("report {}", results.display()));
    let report = pages.iter().fold(report, |report, (flag, page)| {
        report.arg(format!("--{flag}")).arg(page)
    });
    report.run().exits(0);
    for (flag, page) in pages {
        let text = fs::read_to_string(&page).unwrap().replace('\\', "");
        assert!(text.contains(named), "{flag}: {text}");
    }
    let only_raced = folder.held("races.sql", "").run();
    only_raced.says_in_words("races leaves in its session: advisory lock 5");
    let nothing = folder.held("fixed.sql", quick).run();
    assert!(
        !nothing.stdout.contains("leaves in its"),
        "{}",
        nothing.all()
    );
}

/// What cannot be followed says why and what to try on every page, is no failure of `sim`, and
/// passes only where that very word is expected. The next cell is explored all the same.
#[test]
fn what_cannot_be_followed_is_unsupported() {
    let blocks = "BEGIN;\nSELECT pg_advisory_lock(7);\nCOMMIT;\n";
    // It takes the same lock, which the cell before must not have kept.
    let sells = "BEGIN;\nSELECT pg_advisory_xact_lock(7);\nINSERT INTO sale (item, buyer) VALUES \
                 (:item, :buyer);\nCOMMIT;\n";
    let folder = Folder::new(&[("blocks.sql", blocks), ("sells.sql", sells)]);
    let reason = "it cannot be followed: a session waits for another one that has ended; blocks \
                  leaves in its session: advisory lock 7";
    let advice = "what to try: let each script give up what it holds before it ends";
    let done = folder.held("blocks.sql", "").json().run();
    done.exits(11)
        .says("UNSUPPORTED  blocks.sql at read-committed")
        .says_in_words(reason)
        .says_in_words(advice);
    let cell = &done.exploration().cells[0];
    assert!(cell.found.fault.is_none() && cell.found.unfollowed.is_some());
    let results = done.out().join("run.json");
    let pages = ["html", "markdown", "junit"].map(|flag| (flag, done.out().join(flag)));
    let report = sim(&format!("report {}", results.display()));
    let report = pages.iter().fold(report, |report, (flag, page)| {
        report.arg(format!("--{flag}")).arg(page)
    });
    report.run().exits(0);
    for (flag, page) in pages {
        let text = fs::read_to_string(&page).unwrap().replace('\\', "");
        for said in ["unsupported", reason, advice] {
            assert!(text.contains(said), "{flag}: no {said} in {text}");
        }
    }
    for (expected, code) in [("unsupported", 0), ("safe", 10), ("inconclusive", 10)] {
        let expect = format!("--expect {expected}");
        folder.held("blocks.sql", &expect).run().exits(code);
    }
    let second = format!("--strategy {}", folder.path("sells.sql").display());
    let both = folder.held("blocks.sql", &second).run();
    both.exits(11)
        .says_in_words("blocks.sql unsupported")
        .says_in_words("sells.sql safe")
        .says("1 of 2 cells is unsupported");
}

/// On a server of the user's nothing but the run's own database is touched, and it goes.
#[test]
fn a_server_of_the_users_is_left_as_it_was() {
    let server = Server::start(&[]);
    let database = server.database();
    let before = database.ask("SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database");
    let folder = Folder::new(&[]);
    folder
        .held("naive.sql", "")
        .on(&database)
        .run()
        .exits(10)
        .says("VIOLATES");
    let after = database.ask("SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database");
    assert_eq!(before, after);
    let roles = database.ask("SELECT count(*)::text FROM pg_roles WHERE rolname LIKE 'sim%'");
    assert_eq!(roles, ["0"]);
}
