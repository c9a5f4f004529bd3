//! Strategies of which nothing is known but the text of their statements: the shipped
//! scripts, beside the strategies that they stand for.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use checkout_sim::explore::bounds::Covered;
use checkout_sim::explore::case::Case;
use checkout_sim::explore::walk::Walked;
use checkout_sim::explore::worlds::engine::EngineWorld;
use checkout_sim::explore::worlds::gate::Gate;
use checkout_sim::shop::Isolation;
use checkout_sim::subject::script::shipped;
use checkout_sim::subject::{Strategy, add_script};

use super::stage::{MODELLED, case, cells, in_memory, last_unit, left, on_arenas, two_lines};
use crate::common;

/// The same small shop for the script of its strategy.
fn scripted(case: &Case) -> Arc<Case> {
    let name = case.terms.cell.subject.name();
    let text = shipped::named(name).expect("it ships");
    let mut case = case.clone();
    let script = add_script(&PathBuf::from(format!("{name}.sql")), text);
    case.terms.cell.subject = script.expect("a right script");
    Arc::new(case)
}

/// How many schedules ended how, and how many there were.
type Ends = Mutex<BTreeMap<String, u32>>;

fn note(ends: &Ends, walked: &Walked) {
    *ends.lock().unwrap().entry(left(walked)).or_default() += 1;
}

fn on_postgres(case: &Arc<Case>, reduce: bool, see: &(dyn Fn(Walked) + Sync)) -> Covered {
    let covered = on_arenas(case, reduce, see, |_| async {
        let (server, name) = common::server_and_name();
        let world = EngineWorld::open(server, name, Arc::clone(case)).await?;
        Ok(Gate::new(world, Arc::clone(case)))
    });
    assert!(covered.exhausted);
    covered
}

/// Every schedule of the text on PostgreSQL, with nothing left out: as many end each
/// way as of the statements that the model knows. Of every strategy at read committed,
/// and of some above.
#[test]
fn text_comes_to_the_same_endings_as_known_statements() {
    let above = [
        Strategy::Autocommit,
        Strategy::Optimistic,
        Strategy::RowLock,
    ];
    for strategy in Strategy::ALL {
        let is_meant = |level: &Isolation| *level == MODELLED[0] || above.contains(&strategy);
        for level in MODELLED.into_iter().filter(is_meant) {
            let case = case(&last_unit(2), strategy, level);
            let (known, opaque) = (Ends::default(), Ends::default());
            in_memory(&case, false, &|walked| note(&known, &walked));
            on_postgres(&scripted(&case), false, &|walked| note(&opaque, &walked));
            let (known, opaque) = (known.into_inner().unwrap(), opaque.into_inner().unwrap());
            assert_eq!(opaque, known, "{strategy} at {level}: text, known");
        }
    }
}

/// The search leaves out what cannot be told apart by the locks of what has run, and no
/// ending: of every shipped script, on one line and on two in opposite directions. Of most it
/// runs one schedule in ten or fewer. It knows tables where the model knows rows, and runs
/// no fewer than that does.
#[test]
fn reduction_loses_no_ending_of_text() {
    for (strategy, level) in cells() {
        assert_no_ending_is_lost(&case(&last_unit(2), strategy, level));
    }
    for (strategy, level) in cells() {
        assert_no_ending_is_lost(&case(&two_lines(), strategy, level));
    }
}

#[test]
#[ignore = "slow: three buyers"]
fn reduction_loses_no_ending_of_three_buyers_of_text() {
    let few = [Strategy::Atomic, Strategy::RowLock, Strategy::Autocommit];
    for (strategy, level) in cells().filter(|(strategy, _)| few.contains(strategy)) {
        assert_no_ending_is_lost(&case(&last_unit(3), strategy, level));
    }
}

fn assert_no_ending_is_lost(case: &Arc<Case>) {
    let (known, opaque) = (Ends::default(), Ends::default());
    in_memory(case, false, &|walked| note(&known, &walked));
    let covered = on_postgres(&scripted(case), true, &|walked| note(&opaque, &walked));
    let (known, opaque) = (known.into_inner().unwrap(), opaque.into_inner().unwrap());
    let all: u32 = known.values().sum();
    let (cell, run) = (case.terms.cell, covered.schedules);
    let lines = case.carts[0].lines.len();
    eprintln!("{cell}, lines {lines}: {all} schedules, {run} run");
    assert!(
        opaque.keys().eq(known.keys()),
        "{cell}: {opaque:?}, {known:?}"
    );
    let reduced = in_memory(case, true, &|_| {}).schedules;
    assert!(run >= reduced, "{cell}: {run}, by rows {reduced}");
    // Outside a transaction each statement of one touches what the other's does.
    let is_apart = case.terms.cell.subject == Strategy::Autocommit.subject();
    assert!(
        is_apart || u64::from(all) >= 4 * run,
        "{cell}: {run} of {all}"
    );
}

/// At serializable, which the model does not know: beside the strategies on PostgreSQL.
#[test]
#[ignore = "slow: 3,000 schedules"]
fn scripts_come_to_the_endings_of_their_strategies_at_serializable() {
    for strategy in Strategy::ALL {
        let case = case(&last_unit(2), strategy, Isolation::Serializable);
        let (known, opaque) = (Ends::default(), Ends::default());
        on_postgres(&case, false, &|walked| note(&known, &walked));
        on_postgres(&scripted(&case), false, &|walked| note(&opaque, &walked));
        let (known, opaque) = (known.into_inner().unwrap(), opaque.into_inner().unwrap());
        assert_eq!(opaque, known, "{strategy}: text, known");
    }
}

/// Carts of two lines in opposite directions: every schedule, of up to 13,706 each.
#[test]
#[ignore = "slow: 40,000 schedules"]
fn deep_scripts_of_two_lines_come_to_the_same_endings_as_known_statements() {
    for (strategy, level) in cells() {
        let case = case(&two_lines(), strategy, level);
        let (known, opaque) = (Ends::default(), Ends::default());
        in_memory(&case, false, &|walked| note(&known, &walked));
        on_postgres(&scripted(&case), false, &|walked| note(&opaque, &walked));
        let (known, opaque) = (known.into_inner().unwrap(), opaque.into_inner().unwrap());
        assert_eq!(opaque, known, "{strategy} at {level}: text, known");
    }
}
