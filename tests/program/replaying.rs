//! One schedule by `sim replay`, seen from outside.

use crate::fixture::{Server, sim};

#[test]
fn a_replay_shows_what_the_exploration_showed() {
    let database = Server::shared();
    let explored = sim("explore -s check-then-update").on(&database).run();
    let shown = explored
        .stdout
        .split("reproduced 10 of 10\n\n")
        .nth(1)
        .unwrap();
    let timeline = shown.split("\nagain: ").next().unwrap();
    let call = shown.split("again: sim ").nth(1).unwrap();
    let replayed = sim(call.trim()).on(&database).run();
    replayed.exits(10).complains_of_nothing().says(timeline);
    replayed.is_narrow();
    assert_eq!(database.schemas(), [""; 0]);
}

#[test]
fn a_replay_runs_exactly_its_schedule() {
    let replay = |flags: &str| {
        let database = Server::shared();
        sim(&format!("replay -s check-then-update {flags}"))
            .on(&database)
            .run()
    };
    let one_after_the_other = "--schedule AAAAABBB";
    replay(one_after_the_other)
        .exits(0)
        .says("nothing is broken");
    replay("--schedule AABBBBBAAA --expect oversells").exits(0);
    replay(&format!("{one_after_the_other} --expect oversells")).exits(10);
    // One buyer alone, and one whose connection is cut before COMMIT.
    replay("--schedule AAAAA").exits(0).says("1 of 1 sold");
    let cut = replay("--schedule AAAAaBBBBB");
    cut.exits(0).says("connection cut").says("1 of 1 sold");
    // Where it cannot be followed, it says where, and which buyers could move.
    for (schedule, why) in [
        (
            "AAABBBB",
            "step 7 of the schedule: buyer B waits for another buyer's lock",
        ),
        (
            "AAAAAA",
            "step 6 of the schedule: buyer A has nothing more to do; no buyer can",
        ),
        (
            "AABB",
            "the schedule ends after 4 steps, too early; A and B can move there",
        ),
        (
            "C",
            "there is no buyer C; 2 buyers are A to B: raise --buyers",
        ),
    ] {
        let refused = replay(&format!("--schedule {schedule}"));
        refused.exits(2).says_nothing().complains(why);
    }
}

#[test]
fn what_a_replay_has_done_can_be_kept() {
    let database = Server::shared();
    let done = sim("replay -s naive --schedule AAAAABBBBB --keep")
        .on(&database)
        .run();
    done.exits(10).complains("kept: schema sim_");
    let schemas = database.schemas();
    let stock = format!("SELECT stock::text FROM {}.products", schemas[0]);
    let orders = format!("SELECT count(*)::text FROM {}.orders", schemas[0]);
    assert_eq!(
        (database.ask(&stock), database.ask(&orders)),
        (vec!["-1".into()], vec!["2".into()])
    );
    assert_eq!(schemas.len(), 1);
}
