//! Many buyers on tables of the user's own, seen from outside.

mod ends;
mod refused;
mod said;

use std::path::PathBuf;

use checkout_sim::load::{LinePlace, RunResult};
use checkout_sim::oracle::Verdict;

use crate::fixture::{Done, Files, Server, Sim, sim};

/// One product of which a fifth of the buyers can have a unit, and the sales of it.
const SHOP: &str = "\
CREATE TABLE item (id integer PRIMARY KEY, stock integer NOT NULL);
CREATE TABLE sale (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item integer REFERENCES item, buyer bigint);
INSERT INTO item VALUES (7, 40);
";

/// Looks, thinks, and then takes: several buyers get the last unit.
const NAIVE: &str = "\
BEGIN;
SELECT stock FROM item WHERE id = :item \\gset
\\sleep :think_us us
\\if :stock < 1
  ROLLBACK;
\\else
  UPDATE item SET stock = stock - 1 WHERE id = :item;
  INSERT INTO sale (item, buyer) VALUES (:item, :buyer);
  COMMIT;
\\endif
";

const OVERSOLD: &str = "oversold=SELECT id, stock FROM item WHERE stock < 0";
/// What the warm-up of connections drew from the sequence was put back.
const FIRST: &str = "first=SELECT min(id) FROM sale HAVING min(id) > 1";
/// A buyer has a sale exactly if that was told.
const TOLD: &str = "told=SELECT buyer FROM sim.outcomes WHERE (outcome = 'done') <> EXISTS (SELECT FROM sale WHERE sale.buyer = outcomes.buyer)";

/// The set-up, the naive script and the fixed one, and other files.
struct Folder(Files);

impl Folder {
    fn new(others: &[(&str, &str)]) -> Self {
        Self(Files::naive_and_fixed(SHOP, NAIVE, others))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }

    /// Scripts by their names, each with its path.
    fn call(&self, verb: &str, scripts: &[&str], args: &str) -> Sim {
        let paths = scripts.iter().map(|name| self.path(name));
        let paths: Vec<String> = paths.map(|path| path.display().to_string()).collect();
        let setup = self.path("shop.sql");
        let call = format!(
            "{verb} --strategy {} --setup {} -D item=7 --buyers 200 --seed 3 {args}",
            paths.join(","),
            setup.display()
        );
        sim(&call).json().on(&Server::shared())
    }

    fn run(&self, script: &str, args: &str, rules: &[&str]) -> Done {
        let call = self.call("run", &[script], args);
        let call = rules
            .iter()
            .fold(call, |call, rule| call.arg("--invariant").arg(rule));
        call.run()
    }
}

/// Every run, cell by cell.
fn runs(done: &Done) -> Vec<(String, Vec<RunResult>)> {
    let load = done.dossier().studies.remove(0).load.expect("a load");
    let cells = load.cells.into_iter();
    cells
        .map(|cell| (cell.cell.subject.to_string(), cell.runs))
        .collect()
}

fn sent(run: &RunResult, operation: Option<&str>, line: u32) -> u64 {
    let at = LinePlace {
        operation: operation.map(str::to_owned),
        line,
    };
    run.timing
        .lines
        .get(&at)
        .map_or(0, |line| line.latency.count())
}

/// What breaks is found and shown, and the fix is safe by evidence; no run sees what another
/// one left, no buyer is lost, and each statement is told of by its line.
#[test]
fn many_buyers_are_judged_by_what_must_hold() {
    let folder = Folder::new(&[]);
    let call = folder.call(
        "compare",
        &["naive.sql", "fixed.sql"],
        "--no-explore --runs 2",
    );
    let call = call
        .arg("--think-time")
        .arg("2ms")
        .arg("--threshold")
        .arg("fixed.sql: sold==40");
    let rules = [OVERSOLD, FIRST, TOLD];
    let call = rules
        .iter()
        .fold(call, |call, rule| call.arg("--invariant").arg(rule));
    let done = call.run();
    done.exits(10)
        .says("violates")
        .says("safe")
        .says("oversold answered: id 7, stock -")
        .is_narrow();
    let cells = runs(&done);
    for (name, runs) in &cells {
        assert_eq!(runs.len(), 2);
        for run in runs {
            let (is_naive, own) = (name == "naive.sql", run.own.as_ref().unwrap());
            let broken: Vec<&str> = own.broken.iter().map(|one| &*one.invariant).collect();
            assert_eq!(broken, if is_naive { vec!["oversold"] } else { vec![] });
            assert_eq!(run.outcomes.total(), 200);
            assert_eq!(run.outcomes.sold > 40, is_naive);
            assert!(run.evidence.of_own_tables && run.evidence.total() >= 5);
            // One buyer after the other, the naive one sells what there is.
            let without = own.without_race.as_ref();
            assert_eq!(without.map(|seen| seen.broken.len()), is_naive.then_some(0));
            // BEGIN and SELECT, then ROLLBACK or three more.
            let (attempts, sold) = (run.effort.attempts, run.outcomes.sold);
            assert_eq!(
                (sent(run, None, 1), sent(run, None, 2)),
                (attempts, attempts)
            );
            assert_eq!(sent(run, None, 5) + sold, attempts);
            let all: u64 = run
                .timing
                .lines
                .values()
                .map(|line| line.latency.count())
                .sum();
            assert_eq!(all, 2 * attempts + (attempts - sold) + 3 * sold);
        }
        let verdict = &runs[0].judgement.verdict;
        let expected = if name == "naive.sql" {
            Verdict::Violates
        } else {
            Verdict::Safe
        };
        assert_eq!(*verdict, expected, "{name}");
    }
}

/// A rule that breaks where one buyer comes after the other as well is told apart; effects
/// outside the database can be joined.
#[test]
fn what_breaks_without_a_race_is_told_apart() {
    let charge = NAIVE.replace(
        "  COMMIT;",
        "  \\effect charged :buyer\n  ROLLBACK;\n  \\set outcome_done 1",
    );
    let folder = Folder::new(&[("charge.sql", &charge)]);
    let charged = "charged=SELECT count(*) FROM sim.effects WHERE name = 'charged' HAVING count(*) <> (SELECT count(*) FROM sim.outcomes WHERE outcome = 'done')";
    let done = folder.run("charge.sql", "", &[TOLD, charged]);
    done.exits(10)
        .says("told breaks also without a race")
        .conserves(200);
    let run = &runs(&done)[0].1[0];
    let own = run.own.as_ref().unwrap();
    // Nothing is taken, so all are told that it is done.
    assert_eq!((run.outcomes.sold, own.broken[0].total), (200, 200));
    assert_eq!(own.broken.len(), 1, "each effect has its outcome");
    let without = own.without_race.as_ref().unwrap();
    assert!(without.broken.contains("told") && without.broken.len() == 1);
}

/// An error that no serial order brings is a finding unless it is allowed; one that always
/// comes is none, and where nothing changes nothing is proven.
#[test]
fn errors_that_only_a_race_brings_are_told() {
    let unique = "\
BEGIN;
SELECT count(*) AS n FROM sale WHERE item = :item AND buyer = :buyer / 20 \\gset
\\sleep 2 ms
\\if :n > 0
  ROLLBACK;
\\else
  INSERT INTO sale (item, buyer) VALUES (:item, :buyer / 20);
  COMMIT;
\\endif
";
    let always = "INSERT INTO sale (item, buyer) VALUES (8, :buyer);\n\\set outcome_done 1\n";
    let folder = Folder::new(&[
        ("unique.sql", unique),
        ("always.sql", always),
        ("key.sql", "CREATE UNIQUE INDEX ON sale (buyer);"),
    ]);
    let setup = format!("--setup {}", folder.path("key.sql").display());
    let with_key = |script, args: &str| folder.run(script, &format!("{setup} {args}"), &[OVERSOLD]);
    let raises = with_key("unique.sql", "");
    raises
        .exits(10)
        .says("RAISES-ERRORS  unique.sql")
        .says("23505")
        .says("duplicate key");
    let run = &runs(&raises)[0].1[0];
    let errors = &run.own.as_ref().unwrap().errors;
    assert_eq!(errors["23505"].count, run.outcomes.failed);
    with_key("unique.sql", "--allow 23505")
        .exits(0)
        .says("SAFE");
    let serial = with_key("always.sql", "");
    serial
        .exits(11)
        .says("INCONCLUSIVE")
        .says("no buyer changed a row");
    let run = &runs(&serial)[0].1[0];
    assert_eq!(run.outcomes.failed, 200);
    assert!(run.findings.is_clean(), "it comes without a race as well");
}

/// The operations of a directory come by their weights, the same ones for the same seed, and
/// the lines of each are told apart.
#[test]
fn operations_come_by_their_weights() {
    let back = "\
BEGIN;
SELECT stock FROM item WHERE id = :item FOR UPDATE;
DELETE FROM sale WHERE id = (SELECT min(id) FROM sale);
UPDATE item SET stock = stock + 1 WHERE id = :item AND :ROW_COUNT > 0;
COMMIT;
";
    let fixed = NAIVE.replace("= :item \\gset", "= :item FOR UPDATE \\gset");
    let folder = Folder::new(&[("ops/buy.sql", &fixed), ("ops/back.sql", back)]);
    let counted = |args: &str| {
        let done = folder.run("ops", args, &[OVERSOLD]);
        let run = runs(&done)[0].1[0].clone();
        let first = |operation| sent(&run, Some(operation), 1);
        assert_eq!(run.outcomes.total(), 200);
        (first("buy"), first("back"))
    };
    let (buy, back) = counted("--mix buy=9,back=1 --max-tries 1");
    // Of 200 draws with a tenth, 5 to 45 are within eight standard deviations.
    assert!(buy + back == 200 && (5..45).contains(&back), "{back}");
    assert_eq!(counted("--mix buy=9,back=1 --max-tries 1"), (buy, back));
    assert_eq!(counted("--mix buy=1,back=0 --max-tries 1"), (200, 0));
    let (buy, back) = counted("--max-tries 1");
    assert!(
        buy + back == 200 && (60..140).contains(&back),
        "as often: {back}"
    );
}

/// Buyers with other keys are in no other's way: what they do is no evidence.
#[test]
fn a_key_says_which_attempts_can_meet() {
    let visit = "INSERT INTO sale (item, buyer) VALUES (:item, :buyer);\n\\set outcome_done 1\n";
    let folder = Folder::new(&[("visit.sql", visit)]);
    let run = |args: &str| folder.run("visit.sql", args, &[OVERSOLD]);
    run("").exits(0).says("SAFE  visit.sql");
    run("--key item").exits(0).says("SAFE  visit.sql");
    let apart = run("--key :buyer");
    apart.exits(11).says("INCONCLUSIVE  visit.sql");
    assert_eq!(runs(&apart)[0].1[0].evidence.overlapping, 0);
}
