//! A strategy of which nothing is known but the text of its statements.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use checkout_sim::database::Engine;
use checkout_sim::effect::Kind;
use checkout_sim::explore::bounds::Covered;
use checkout_sim::explore::case::Case;
use checkout_sim::explore::walk::Walked;
use checkout_sim::explore::worlds::engine::EngineWorld;
use checkout_sim::explore::worlds::gate::Gate;
use checkout_sim::explore::worlds::{GateSession, Pending};
use checkout_sim::flow::{InProcess, flow};
use checkout_sim::session::{Result, Session};
use checkout_sim::shop::Isolation;
use checkout_sim::statement::{Reply, Statement};
use checkout_sim::subject::Strategy;

use super::stage::{MODELLED, case, in_memory, last_unit, left, on_arenas};
use crate::common;

/// A session that is sent text alone, but for the bounds of a transaction.
struct Textual(GateSession);

impl Session for Textual {
    async fn execute(&mut self, statement: Statement) -> Result<Reply> {
        if statement.effect().kind.is_control() {
            return self.0.execute(statement).await;
        }
        let text = Engine::Postgres.in_full(&statement);
        let opaque = Statement::Sql(text.into(), Arc::new([]));
        assert_eq!(opaque.effect().kind, Kind::Opaque);
        self.0.execute(opaque).await
    }
}

fn textual(session: GateSession, case: Arc<Case>, number: usize) -> Pending {
    Box::pin(async move {
        let mut client = InProcess::new(case.terms.cell, Textual(session));
        let terms = &case.terms;
        flow(
            &mut client,
            terms.steps(),
            terms.max_tries,
            &case.carts[number],
        )
        .await
    })
}

/// How many schedules ended how, and how many there were.
type Ends = Mutex<BTreeMap<String, u32>>;

fn note(ends: &Ends, walked: &Walked) {
    *ends.lock().unwrap().entry(left(walked)).or_default() += 1;
}

fn text_on_postgres(case: &Arc<Case>, reduce: bool, see: &(dyn Fn(Walked) + Sync)) -> Covered {
    let covered = on_arenas(case, reduce, see, |_| async {
        let (server, name) = common::server_and_name();
        let world = EngineWorld::open(server, name, Arc::clone(case)).await?;
        Ok(Gate::with(world, Arc::clone(case), textual))
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
            text_on_postgres(&case, false, &|walked| note(&opaque, &walked));
            let (known, opaque) = (known.into_inner().unwrap(), opaque.into_inner().unwrap());
            assert_eq!(opaque, known, "{strategy} at {level}: text, known");
        }
    }
}

/// Text touches everything, so next to nothing is left out: the search that leaves out
/// repetitions loses no ending, and leaves out no more than among known statements.
#[test]
fn reduction_loses_no_ending_of_text() {
    for strategy in [Strategy::Naive, Strategy::Atomic, Strategy::Autocommit] {
        let case = case(&last_unit(2), strategy, MODELLED[0]);
        let (known, opaque) = (Ends::default(), Ends::default());
        in_memory(&case, false, &|walked| note(&known, &walked));
        let covered = text_on_postgres(&case, true, &|walked| note(&opaque, &walked));
        let ends = |ends: Ends| ends.into_inner().unwrap().into_keys().collect::<Vec<_>>();
        assert_eq!(ends(opaque), ends(known), "{strategy}");
        let reduced = in_memory(&case, true, &|_| {});
        assert!(covered.schedules >= reduced.schedules, "{strategy}");
    }
}
