//! Scripts under load with carts of several lines: what counts as evidence is what counts of
//! the strategies that they are.

use std::collections::BTreeMap;
use std::fs;

use checkout_sim::oracle::Verdict;
use checkout_sim::report::{LoadCell, Summary};
use checkout_sim::shop::Isolation;
use checkout_sim::subject::script::shipped;

use crate::fixture::{Done, Server, sim};

/// Most carts want the product of which there is too little, and another one of which
/// there is enough: so an attempt that is refused lacks only what it has looked at.
const SHOP: &str = "--products 20 --stock 40 --popularity hot:0.9 --buyers 150 \
                    --connections 30 --max-tries 200 --seed 5";

/// The verdict of each cell over all its runs, by its name and its level.
fn verdicts(done: &Done) -> BTreeMap<(String, String), Verdict> {
    let dossier = done.dossier();
    let load = dossier.studies[0].load.as_ref().expect("a load");
    let verdict = |cell: &LoadCell| {
        let runs = u32::try_from(cell.runs.len()).expect("few runs");
        let (subject, level) = (cell.cell.subject.name(), cell.cell.level);
        let name = (subject.to_owned(), level.to_string());
        (name, Summary::of(cell, runs).verdict())
    };
    load.cells.iter().map(verdict).collect()
}

#[test]
#[ignore = "slow: 1,188 runs"]
fn deep_scripts_of_one_to_three_lines_have_the_verdicts_of_their_strategies() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in shipped::ALL {
        let path = folder.path().join(format!("{name}.sql"));
        fs::write(&path, text).unwrap();
    }
    for (lines, (name, _)) in (1..=3).flat_map(|lines| shipped::ALL.iter().map(move |s| (lines, s)))
    {
        let path = folder.path().join(format!("{name}.sql"));
        let run = format!(
            "run --strategy {name},{} --isolation all --lines {lines} {SHOP} --runs 6",
            path.display()
        );
        let found = verdicts(&sim(&run).on(&Server::shared()).json().run());
        assert_eq!(found.len(), 2 * Isolation::ALL.len());
        for level in Isolation::ALL {
            let of = |name: &str| found[&(name.to_owned(), level.to_string())];
            let (built_in, script) = (of(name), of(&format!("{name}.sql")));
            assert_eq!(script, built_in, "{name} at {level}, {lines} lines");
            let is_fix = ["optimistic", "row-lock", "atomic", "check-constraint"].contains(name);
            assert!(
                !is_fix || script == Verdict::Safe,
                "{name} at {level}, {lines} lines"
            );
        }
    }
}

/// Locks and takes both lines by one statement each.
const ARRAYS: &str = "\
BEGIN;
SELECT count(*) AS enough FROM (
  SELECT p.id FROM products p JOIN unnest(:products::int[], :units_of::int[]) AS l (id, units)
    ON p.id = l.id AND p.stock >= l.units ORDER BY p.id FOR UPDATE OF p
) AS held \\gset
\\if :enough < :lines
  ROLLBACK;
\\else
  UPDATE products p SET stock = p.stock - l.units
    FROM unnest(:products::int[], :units_of::int[]) AS l (id, units) WHERE p.id = l.id;
  WITH placed AS (INSERT INTO orders (checkout_key, buyer) VALUES (:checkout_key, :buyer) RETURNING id)
  INSERT INTO order_lines (order_id, line_no, product_id, units)
  SELECT placed.id, line.no, line.product_id, line.units
  FROM placed, unnest(:products::int[], :units_of::int[]) WITH ORDINALITY AS line (product_id, units, no);
  COMMIT;
\\endif
";

/// The same without the lock oversells; two statements that only one product of the cart
/// may have been the matter of are no evidence, however right they are.
#[test]
fn a_right_script_of_two_lines_is_safe_and_a_wrong_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let chosen = ARRAYS.replace("unnest(:products::int[]", "unnest((:products::int[])[1:9]");
    let texts = [
        ("right.sql", ARRAYS.to_owned()),
        ("wrong.sql", ARRAYS.replace(" FOR UPDATE OF p", "")),
        ("chosen.sql", chosen),
    ];
    let paths = texts.map(|(name, text)| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    });
    let run = format!("run --strategy {} --lines 2 {SHOP}", paths.join(","));
    let done = sim(&run).json().run();
    done.exits(10);
    let found = verdicts(&done);
    let of = |name: &str| found[&(name.to_owned(), "read-committed".to_owned())];
    assert_eq!(of("right.sql"), Verdict::Safe);
    assert_eq!(of("wrong.sql"), Verdict::Oversells);
    assert_eq!(of("chosen.sql"), Verdict::Inconclusive);
}
