//! Bad input: refused before any session comes.

use super::{Folder, NAIVE, OVERSOLD};
use crate::fixture::sim;

/// Each is refused before a schedule is run, with its place or what to do.
#[test]
fn bad_input_is_refused_before_anything_runs() {
    let folder = Folder::new(&[
        (
            "broken.setup.sql",
            "CREATE TABLE a (id integer);\n\nINSERT INTO b VALUES (1);\n",
        ),
        ("role.setup.sql", "CREATE ROLE intruder;"),
        ("unbound.sql", "SELECT :nothing;\n\\set outcome_done 1\n"),
        ("one/naive.sql", NAIVE),
    ]);
    let setup = |name: &str| {
        let (script, setup) = (folder.path("naive.sql"), folder.path(name));
        let args = format!(
            "explore -s {} --setup {} -D item=7",
            script.display(),
            setup.display()
        );
        sim(&args).arg("--invariant").arg(OVERSOLD).run()
    };
    setup("broken.setup.sql")
        .exits(2)
        .complains("broken.setup.sql:3: ")
        .complains("\"b\" does not exist");
    setup("role.setup.sql")
        .exits(2)
        .complains("permission denied to create role");
    setup("none.sql").exits(2).complains("cannot read");
    for (flag, what) in [
        ("--ignore sale.bayer", "ignore names sale.bayer"),
        ("--ordered sale", "ordered names sale"),
        ("--show nothing", "show names nothing"),
    ] {
        let refused = folder.explore("naive.sql", flag).run();
        refused.exits(2).complains(what);
    }
    folder
        .held("unbound.sql", "")
        .run()
        .exits(2)
        .complains("unbound.sql:1:8");
    folder
        .held("naive.sql", "--stock 3")
        .run()
        .exits(2)
        .complains("the set-up makes the rows");
    folder
        .held("naive.sql", "--on memory")
        .run()
        .exits(2)
        .complains("knows no SQL");
    folder
        .held("naive.sql", "--sessions buy,buy")
        .run()
        .exits(2)
        .complains("no operation \"buy\": it has naive");
    let both = format!("naive.sql,{}", folder.path("one/naive.sql").display());
    folder
        .held(&both, "")
        .run()
        .exits(2)
        .complains("is called naive.sql too");
    let setup = format!("--setup {}", folder.path("shop.sql").display());
    sim(&format!("explore -s optimistic {setup}"))
        .arg("--invariant")
        .arg(OVERSOLD)
        .run()
        .exits(2)
        .complains("on tables of your own only scripts can run");
    sim("explore -s optimistic")
        .arg("--invariant")
        .arg(OVERSOLD)
        .run()
        .exits(2)
        .complains("make them with --setup");
}

/// An invariant that is no question, that fails, that is slow, or that breaks before any session
/// has come: bad input, told with its name, and no schedule is run.
#[test]
fn an_invariant_is_tried_before_any_session_comes() {
    let folder = Folder::new(&[]);
    // Within one snapshot, what bounds the questions behind it becomes shorter.
    let hurry = "a=SELECT 1 WHERE set_config('statement_timeout', '200ms', true) IS NULL";
    for (rules, why) in [
        (
            &["a=DELETE FROM item RETURNING id"][..],
            "the invariant a is no question: write a SELECT",
        ),
        (&["a=-- none\n"], "the invariant a is no question"),
        (
            &["a=WITH gone AS (DELETE FROM item RETURNING id) SELECT id FROM gone"],
            "the invariant a: DECLARE CURSOR must not contain data-modifying",
        ),
        (
            &["a=SELECT id FROM item WHERE false; SELECT 1"],
            "the invariant a: cannot insert multiple commands",
        ),
        (
            &["b=SELECT nothing FROM item"],
            "the invariant b: column \"nothing\" does not exist",
        ),
        (
            &["c=(SELECT id FROM item)"],
            "the invariant c breaks before any session has come (1 row)",
        ),
        (
            &[hurry, "slow=SELECT 1 WHERE pg_sleep(60) IS NULL"],
            "the invariant slow: it takes longer than 30 s",
        ),
    ] {
        let asked = folder.explore("naive.sql", "").json();
        let asked = rules
            .iter()
            .fold(asked, |asked, rule| asked.arg("--invariant").arg(rule));
        let refused = asked.run();
        refused.exits(2).complains(why);
        assert!(!refused.stdout.contains("schedules"), "{}", refused.all());
    }
    let held = "ok=/* a look */ TABLE item LIMIT 0";
    let naive = folder.explore("fixed.sql", "").arg("--invariant").arg(held);
    naive.run().exits(0);
}
