//! Statements that take several rows, released at the same time: what no schedule shows.
//!
//! Each row takes the server tens of microseconds, so that two statements overlap also where
//! other work shares the cores. A release that finds something ends the runs; how many it takes
//! is bounded, and no time is.

use std::fs;

use checkout_sim::explore::race::Raced;
use checkout_sim::oracle::Doubt;
use tempfile::TempDir;

use crate::fixture::{Sim, sim};

const UNITS: &str = "\
CREATE TABLE unit (id integer PRIMARY KEY, buyer bigint);
INSERT INTO unit SELECT n, NULL FROM generate_series(1, 40) AS n;
";

/// A test of each row that takes long, and holds.
const SLOWLY: &str = "length(repeat(md5(id::text), 4000)) > 0";

/// Takes all units, or none: so every schedule says.
const CLAIM: &str = "\
BEGIN;
WITH picked AS (SELECT id FROM unit WHERE buyer IS NULL AND SLOWLY ORDER BY id LIMIT 40
  FOR UPDATE SKIP LOCKED)
UPDATE unit SET buyer = :buyer FROM picked WHERE picked.id = unit.id;
COMMIT;
";

const LOCK: &str = "\
SELECT id FROM unit WHERE SLOWLY ORDER BY id WAY FOR UPDATE;
\\set outcome_done 1
";

/// Enough where one release in a hundred overlaps.
const MANY: &str = "--race 3000";

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let lock = |way: &str| LOCK.replace("WAY", way);
        let files = [
            ("units.sql", UNITS.to_owned()),
            ("claim.sql", CLAIM.to_owned()),
            ("lock/up.sql", lock("ASC")),
            ("lock/down.sql", lock("DESC")),
        ];
        for (name, text) in files {
            let path = folder.0.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text.replace("SLOWLY", SLOWLY)).unwrap();
        }
        folder
    }

    fn explore(&self, subject: &str, args: &str, invariant: &str) -> Sim {
        let (subject, setup) = (self.0.path().join(subject), self.0.path().join("units.sql"));
        let (subject, setup) = (subject.display(), setup.display());
        let flags = format!("explore --strategy {subject} --setup {setup} {args}");
        sim(&flags).arg("--invariant").arg(invariant)
    }
}

/// Breaks where the units are shared out.
const TOGETHER: &str =
    "together=SELECT buyer, count(*) FROM unit WHERE buyer > 0 GROUP BY 1 HAVING count(*) < 40";

const NEVER: &str = "never=SELECT id FROM unit WHERE buyer < 0";

/// Two claims of the same units: whole statements leave all to one of two sessions, and real
/// ones share them out.
#[test]
fn two_claims_share_what_each_schedule_gives_to_one() {
    let folder = Folder::new();
    let found = folder.explore("claim.sql", MANY, TOGETHER).json().run();
    found
        .exits(10)
        .complains_of_nothing()
        .says("VIOLATES  claim.sql at read-committed")
        .says("simultaneous run")
        .says("and in no schedule: A done, B done; together 2 rows")
        .says("released at the same time, in")
        .says("in the end unit 1: buyer NULL")
        .is_narrow();
    assert!(!found.stdout.contains("sim replay"), "no schedule shows it");
    let cell = &found.exploration().cells[0];
    let endings = &cell.found.endings;
    assert!(endings.iter().all(|ending| ending.proven.is_empty()));
    let raced: &Raced = cell.found.raced.as_ref().expect("a race");
    let worst = &raced.ends[0];
    let units = |buyer: &str| {
        let of = |change: &&checkout_sim::oracle::RowChange| {
            let after = change.after.as_ref().expect("no unit goes");
            after[1].to_string() == buyer
        };
        worst.changes.iter().filter(of).count()
    };
    assert!(units("1") > 0 && units("2") > 0, "{:?}", worst.changes);
    assert_eq!(units("1") + units("2"), 40, "no unit twice, and none left");

    // What the rules accept is told, and makes nothing worse.
    let flags = "--race 300 --ignore unit";
    let accepted = folder.explore("claim.sql", flags, NEVER).json().run();
    accepted.exits(11).says("INCONCLUSIVE  claim.sql");
    let found = &accepted.exploration().cells[0].found;
    assert_eq!(found.judgement.doubts, [Doubt::SeveralRows]);
    let raced = found.raced.as_ref().expect("a race");
    assert_eq!((raced.runs, raced.met, raced.cut_short), (300, 300, false));
    let listed: u64 = raced.ends.iter().map(|end| end.count).sum();
    assert!(listed + raced.others <= 300);
}

/// Two statements that lock the same rows in opposite sequences: whole ones wait for each other,
/// and real ones deadlock. In one sequence they do not.
#[test]
#[ignore = "slow: thousands of releases"]
fn rows_in_opposite_sequences_deadlock_in_single_statements() {
    let folder = Folder::new();
    let opposite = |args: &str| {
        let args = format!("--sessions up,down {args}");
        folder.explore("lock", &args, NEVER).json().run()
    };
    let found = opposite(MANY);
    found
        .exits(10)
        .says("RAISES-ERRORS  lock/up+down at read-committed")
        .says("and in no schedule: ")
        .says("heard 40P01: ");
    let cell = &found.exploration().cells[0];
    assert_eq!(cell.found.endings.len(), 1, "no schedule has a deadlock");
    // Of one end at most the second is missing: either session can be the one that is ended.
    let raced = cell.found.raced.as_ref().expect("a race");
    assert!(matches!(raced.ends.len(), 1 | 2), "{:?}", raced.ends);

    opposite("--race 60 --allow 40P01")
        .exits(11)
        .says("INCONCLUSIVE");
    let not_raced = opposite("--race 0");
    not_raced.exits(11).says("--race 200 releases them");
    assert!(not_raced.exploration().cells[0].found.raced.is_none());
    let same = folder.explore("lock", "--sessions up,up --race 100", NEVER);
    same.run()
        .exits(11)
        .says("no end came that no schedule has: that proves nothing");
}

/// In the shop that comes with sim no statement takes several rows.
#[test]
fn nothing_is_raced_in_the_shop() {
    sim("explore -s optimistic --race 5")
        .run()
        .exits(2)
        .complains("--race speaks of tables of your own");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.toml");
    fs::write(
        &file,
        "title = \"Shop\"\nstrategies = [\"optimistic\"]\n[explore]\nrace = 5\n",
    )
    .unwrap();
    sim(&format!("explore --scenario {}", file.display()))
        .run()
        .exits(2)
        .complains("race in [explore] speaks of tables of your own");
}
