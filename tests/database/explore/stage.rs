//! Small shops, worlds, and what a schedule has shown.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use checkout_sim::event::Event;
use checkout_sim::explore::arena::{Arena, Asked, End, Seat, StepError};
use checkout_sim::explore::bounds::Rules;
use checkout_sim::explore::bounds::{Covered, Limits, Policy};
use checkout_sim::explore::case::Case;
use checkout_sim::explore::footprint::Footprint;
use checkout_sim::explore::schedule::{Choice, Schedule};
use checkout_sim::explore::search::Arenas;
use checkout_sim::explore::walk::Walked;
use checkout_sim::explore::worlds::engine::EngineWorld;
use checkout_sim::explore::worlds::gate::Gate;
use checkout_sim::explore::worlds::memory::MemoryWorld;
use checkout_sim::oracle::{Ledger, Verdict};
use checkout_sim::shop::Isolation;
use checkout_sim::subject::Strategy;
use checkout_sim::value::State;

use crate::common;
use crate::small::in_memory as in_memory_gate;
pub use crate::small::{case, last_unit, two_lines};

/// The levels that the model knows.
pub const MODELLED: [Isolation; 2] = [Isolation::ReadCommitted, Isolation::RepeatableRead];

/// Every strategy at every level that the model knows.
pub fn cells() -> impl Iterator<Item = (Strategy, Isolation)> {
    let levels = |strategy| MODELLED.map(|isolation| (strategy, isolation));
    Strategy::ALL.into_iter().flat_map(levels)
}

pub const fn rules(case: &Case, reduce: bool) -> Rules {
    Rules {
        crash: case.crash,
        switches_max: None,
        reduce,
    }
}

/// Every schedule in memory, shown to `see`.
pub fn in_memory(case: &Arc<Case>, reduce: bool, see: &(dyn Fn(Walked) + Sync)) -> Covered {
    let covered = on_arenas(case, reduce, see, |_| memory(case));
    assert!(covered.exhausted);
    covered
}

/// Every schedule on arenas of the caller's making.
pub fn on_arenas<A: Arena, Made: Future<Output = Result<A, StepError>>>(
    case: &Case,
    reduce: bool,
    see: &(dyn Fn(Walked) + Sync),
    make: impl Fn(usize) -> Made + Sync,
) -> Covered {
    step(Policy::Exhaustive, rules(case, reduce), see, make)
}

/// A sample of schedules in memory, each once, with what `keep` makes of it.
pub fn sample<T: Send>(
    case: &Arc<Case>,
    schedules: u64,
    seed: u64,
    keep: impl Fn(&Walked) -> T + Sync,
) -> Vec<(Schedule, T)> {
    let policy = Policy::Random { schedules, seed };
    let drawn = Mutex::new(BTreeMap::new());
    let see = |one: Walked| {
        let kept = keep(&one);
        drawn.lock().unwrap().insert(one.schedule, kept);
    };
    step(policy, rules(case, false), &see, |_| memory(case));
    drawn.into_inner().unwrap().into_iter().collect()
}

async fn memory(case: &Arc<Case>) -> Result<Recorded<Gate<MemoryWorld>>, StepError> {
    Ok(Recorded(in_memory_gate(case)))
}

/// Every schedule on PostgreSQL, as PostgreSQL leads to them, in full.
pub fn on_postgres(case: &Arc<Case>) -> Vec<(Schedule, String)> {
    let walked = Mutex::new(Vec::new());
    let see = |one: Walked| {
        let seen = in_full(&one);
        walked.lock().unwrap().push((one.schedule, seen));
    };
    let covered = on_arenas(case, false, &see, |_| postgres(case));
    assert!(covered.exhausted);
    walked.into_inner().unwrap()
}

/// Sessions on the tests' cluster, in a schema of their own.
pub async fn postgres(case: &Arc<Case>) -> Result<Recorded<Gate<EngineWorld>>, StepError> {
    let (server, name) = common::server_and_name();
    let world = EngineWorld::open(server, name, Arc::clone(case)).await?;
    Ok(Recorded(Gate::new(world, Arc::clone(case))))
}

fn step<A, F, Made>(policy: Policy, rules: Rules, see: &(dyn Fn(Walked) + Sync), make: F) -> Covered
where
    A: Arena,
    F: Fn(usize) -> Made + Sync,
    Made: Future<Output = Result<A, StepError>>,
{
    let (limits, stop) = (Limits::default(), AtomicBool::new(false));
    let mut arenas = Arenas::open(2, make).unwrap();
    let (covered, worked) = arenas.search(policy, rules, limits, &stop, see);
    worked.unwrap();
    covered
}

thread_local! {
    /// What each step of the schedule set off that was last run on this thread.
    static STEPS: RefCell<String> = const { RefCell::new(String::new()) };
}

/// An arena that writes down what each step sets off. An arena works on one thread.
pub struct Recorded<A>(A);

impl<A: Arena> Arena for Recorded<A> {
    fn invite(&mut self, sessions: &[usize]) {
        self.0.invite(sessions);
    }

    async fn reset(&mut self) -> Result<(), StepError> {
        STEPS.with_borrow_mut(String::clear);
        self.0.reset().await
    }

    fn seats(&self) -> &[Seat] {
        self.0.seats()
    }

    async fn admit(&mut self, choice: Choice, events: &mut Vec<Event>) -> Result<(), StepError> {
        self.0.admit(choice, events).await?;
        STEPS.with_borrow_mut(|steps| steps.push_str(&format!("{events:?}\n")));
        Ok(())
    }

    async fn admit_and_look(
        &mut self,
        choice: Choice,
        events: &mut Vec<Event>,
    ) -> Result<Footprint, StepError> {
        let footprint = self.0.admit_and_look(choice, events).await?;
        STEPS.with_borrow_mut(|steps| steps.push_str(&format!("{events:?}\n")));
        Ok(footprint)
    }

    fn next_statement(&self, session: usize) -> Asked {
        self.0.next_statement(session)
    }

    async fn state(&mut self) -> Result<State, StepError> {
        self.0.state().await
    }

    async fn end(&mut self) -> Result<End, StepError> {
        self.0.end().await
    }
}

/// Every event, and what was left; asked on the arena's thread before its next
/// schedule.
pub fn in_full(walked: &Walked) -> String {
    format!("{}{}", STEPS.with_borrow(String::clone), left(walked))
}

/// The ledger, and what each buyer was told. Order ids are left out: a
/// sequence goes on.
pub fn left(walked: &Walked) -> String {
    let ledger = Ledger::of(&walked.end.state);
    let key = |id: i64| {
        let order = ledger.orders.iter().find(|order| order.id == id);
        order.map(|order| order.key)
    };
    let mut orders: Vec<_> = ledger.orders.iter().map(|order| order.key).collect();
    orders.sort_unstable();
    let rows = ledger.lines.iter();
    let mut lines: Vec<_> = rows.map(|row| (key(row.order_id), row.line)).collect();
    lines.sort_unstable();
    let (products, told) = (&ledger.products, &walked.end.told);
    format!("{products:?} {orders:?} {lines:?} {told:?}")
}

pub fn verdicts(case: &Case, walked: &Walked) -> Vec<Verdict> {
    case.judge(&walked.end).findings.proven()
}
