//! What the body of a function or a trigger touches that its statement does not: within a step
//! nothing is seen of what comes between.

use std::fs;

use checkout_sim::explore::reach::Reach;
use checkout_sim::oracle::{Doubt, Verdict};
use tempfile::TempDir;

use crate::fixture::sim;

/// What two sessions do, and the functions and triggers beside their tables.
struct Shop<'s> {
    script: &'s str,
    bodies: &'s str,
}

const TABLES: &str = "\
CREATE TABLE meter (id integer PRIMARY KEY, reading integer NOT NULL, updated timestamptz);
CREATE TABLE audit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, became integer NOT NULL);
CREATE TABLE total (id integer PRIMARY KEY, readings integer NOT NULL);
CREATE TABLE mark (meter integer NOT NULL REFERENCES meter ON DELETE CASCADE, buyer bigint);
CREATE FUNCTION idle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
INSERT INTO meter VALUES (1, 10), (2, 20);
INSERT INTO total VALUES (1, 0);
INSERT INTO mark VALUES (2, 7);
";

const READ: &str = "UPDATE meter SET reading = reading + :buyer WHERE id = 1;";

impl Shop<'_> {
    /// The verdict at each level, the weaker one first, and what is told of bodies there.
    fn explored(&self) -> (Vec<Verdict>, Vec<Reach>, String) {
        let folder: TempDir = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(
            path("act.sql"),
            format!("BEGIN;\n{}\nCOMMIT;\n", self.script),
        )
        .unwrap();
        fs::write(path("shop.sql"), format!("{TABLES}{}", self.bodies)).unwrap();
        let (script, setup) = (path("act.sql"), path("shop.sql"));
        let flags = format!(
            "explore -s {} --setup {} -i read-committed,repeatable-read",
            script.display(),
            setup.display()
        );
        let done = sim(&flags)
            .arg("--invariant")
            .arg("never=SELECT 1 WHERE false");
        let done = done.json().run();
        let cells = done.exploration().cells;
        for cell in &cells {
            let found = &cell.found;
            let is_told = found.judgement.doubts.contains(&Doubt::BodyReaches);
            assert_eq!(is_told, !found.reaches.is_empty());
        }
        let verdicts = cells.iter().map(|cell| cell.found.judgement.verdict);
        (
            verdicts.collect(),
            cells[0].found.reaches.clone(),
            done.stdout,
        )
    }
}

fn trigger(when: &str, table: &str, body: &str) -> String {
    format!(
        "CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; \
         END $$; CREATE TRIGGER act {when} ON {table} FOR EACH ROW EXECUTE FUNCTION act();"
    )
}

const SAFE: [Verdict; 2] = [Verdict::Safe, Verdict::Safe];
const DOUBTED: [Verdict; 2] = [Verdict::Inconclusive, Verdict::Inconclusive];
const ONLY_COMMITTED: [Verdict; 2] = [Verdict::Inconclusive, Verdict::Safe];

/// A name, the script, its bodies, the verdicts, the tables that bodies alone touch.
type Expected<'e> = (&'e str, &'e str, &'e str, [Verdict; 2], &'e [&'e str]);

/// A body that stays with the rows of its statement leaves no doubt, and neither do the checks
/// of foreign keys; one that changes or reads another table does, at repeatable read only where
/// it locks rows.
#[test]
fn a_body_that_reaches_another_table_leaves_a_doubt() {
    let stamp = trigger(
        "BEFORE UPDATE",
        "meter",
        "NEW.updated := clock_timestamp();",
    );
    let log = trigger(
        "AFTER UPDATE",
        "meter",
        "INSERT INTO audit (became) VALUES (NEW.reading);",
    );
    let add = trigger(
        "AFTER UPDATE",
        "meter",
        "UPDATE total SET readings = readings + 1 WHERE id = 1;",
    );
    let look = trigger("BEFORE UPDATE", "meter", "PERFORM FROM total WHERE id = 1;");
    let parent = trigger(
        "AFTER INSERT",
        "mark",
        "UPDATE meter SET reading = 0 WHERE id = NEW.meter;",
    );
    let idle = "CREATE TRIGGER idle BEFORE INSERT ON mark FOR EACH ROW EXECUTE FUNCTION idle();";
    let function = "CREATE FUNCTION count_up() RETURNS void LANGUAGE plpgsql AS $$ BEGIN \
                    UPDATE total SET readings = readings + 1 WHERE id = 1; END $$;";
    let mark = "INSERT INTO mark VALUES (1, :buyer);";
    let gone = "DELETE FROM meter WHERE id = 2;";
    let cases: [Expected<'_>; 8] = [
        ("stamp", READ, &stamp, SAFE, &[]),
        ("log", READ, &log, ONLY_COMMITTED, &["audit"]),
        ("add", READ, &add, DOUBTED, &["total"]),
        ("look", READ, &look, ONLY_COMMITTED, &["total"]),
        ("key", mark, idle, SAFE, &[]),
        ("cascade", gone, idle, SAFE, &[]),
        ("parent", mark, &parent, DOUBTED, &["meter"]),
        (
            "function",
            "SELECT count_up();",
            function,
            DOUBTED,
            &["total"],
        ),
    ];
    for (name, script, bodies, verdicts, tables) in cases {
        let (found, reaches, said) = Shop { script, bodies }.explored();
        assert_eq!(found, verdicts, "{name}: {reaches:?}\n{said}");
        let touched: Vec<&String> = reaches.iter().flat_map(|reach| &reach.tables).collect();
        assert_eq!(touched, tables, "{name}");
        for reach in &reaches {
            let body = match name {
                "function" => "function count_up",
                "parent" => "trigger act on mark",
                _ => "trigger act on meter",
            };
            assert_eq!(
                (reach.line, reach.bodies.as_slice()),
                (2, &[body.to_owned()][..])
            );
        }
    }
}
