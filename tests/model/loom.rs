//! The same strategies under another explorer: loom runs every interleaving of
//! two or three threads, each a checkout of [`checkout_sim::flow`], in front
//! of one store behind a mutex and a condition variable.
//!
//! Loom knows nothing of schedules, seats and gates. What it can reach at all
//! must be exactly what the search of [`checkout_sim::explore`] reaches: were
//! one of them to leave out an interleaving that matters, or to make one up,
//! the sets of endings would differ.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex as PlainMutex};
use std::task::{Context, Poll, Waker};

use loom::sync::{Condvar, Mutex};

use crate::support::small::last_unit;
use checkout_sim::event::Event;
use checkout_sim::explore::arena::End;
use checkout_sim::explore::bounds::Rules;
use checkout_sim::explore::bounds::{Limits, Policy};
use checkout_sim::explore::case::Case;
use checkout_sim::explore::search::Arenas;
use checkout_sim::explore::worlds::gate::Gate;
use checkout_sim::explore::worlds::memory::MemoryWorld;
use checkout_sim::flow::{InProcess, Terms, flow};
use checkout_sim::mvcc::Store;
use checkout_sim::oracle::{Ledger, Verdict};
use checkout_sim::scenario::Shape;
use checkout_sim::session::{Result, Session};
use checkout_sim::shop::{Isolation, Outcome, Retry};
use checkout_sim::statement::{Reply, Statement};
use checkout_sim::subject::{Role, Strategy};

/// The levels that the model knows.
const MODELLED: [Isolation; 2] = [Isolation::ReadCommitted, Isolation::RepeatableRead];

/// The model of PostgreSQL, shared by the threads of one execution.
struct Shared {
    state: Mutex<State>,
    answered: Condvar,
}

struct State {
    store: Store,
    replies: Vec<Option<Result<Reply>>>,
}

/// A session that blocks its thread until its own reply is there.
struct Threaded {
    shared: Arc<Shared>,
    session: usize,
    /// Of statements outside a transaction.
    level: Isolation,
    is_open: bool,
}

impl Session for Threaded {
    async fn execute(&mut self, statement: Statement) -> Result<Reply> {
        match statement {
            Statement::Think => return Ok(Reply::Done),
            Statement::Begin(_) => self.is_open = true,
            Statement::Commit | Statement::Rollback => self.is_open = false,
            _ if !self.is_open => return self.alone(statement),
            _ => {}
        }
        self.ask(None, statement)
    }
}

impl Threaded {
    /// A statement outside a transaction, in the steps that it is: other threads come
    /// between its snapshot, its work and its commit.
    fn alone(&self, statement: Statement) -> Result<Reply> {
        let mut begins = Some(self.level);
        if self.level != Isolation::ReadCommitted {
            self.ask(begins.take(), Statement::Snapshot)?;
        }
        let reply = self.ask(begins, statement);
        let end = match reply {
            Ok(_) => Statement::Commit,
            Err(_) => Statement::Rollback,
        };
        self.ask(None, end).and(reply)
    }

    /// Sends a statement, with the BEGIN of the same step, and waits for its reply.
    fn ask(&self, begins: Option<Isolation>, statement: Statement) -> Result<Reply> {
        let mut state = self.shared.state.lock().unwrap();
        if let Some(level) = begins {
            state.store.execute(self.session, Statement::Begin(level));
        }
        for event in state.store.execute(self.session, statement) {
            if let Event::Replied { session, reply } = event {
                state.replies[session] = Some(reply);
                if session != self.session {
                    self.shared.answered.notify_all();
                }
            }
        }
        loop {
            match state.replies[self.session].take() {
                Some(reply) => return reply,
                None => state = self.shared.answered.wait(state).unwrap(),
            }
        }
    }
}

/// A future that blocks where others would wait.
fn finish<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a session blocks its thread"),
    }
}

/// Everything that one exploration came to.
#[derive(Debug, Default)]
struct Reached {
    /// Ledgers and what each buyer was told.
    endings: BTreeSet<String>,
    /// Every verdict that some ending proves, worst first.
    verdicts: BTreeSet<Verdict>,
}

impl Reached {
    fn add(&mut self, case: &Case, end: &End) {
        self.endings.insert(in_words(end));
        self.verdicts.extend(case.judge(end).findings.proven());
    }
}

/// Without the ids of orders: they tell which order was placed first, not which
/// checkout placed it.
fn in_words(end: &End) -> String {
    let ledger = Ledger::of(&end.state);
    let mut orders: Vec<_> = ledger.orders.iter().map(|order| order.key).collect();
    orders.sort_unstable();
    let mut lines: Vec<_> = ledger.lines.iter().map(|row| row.line).collect();
    lines.sort_unstable();
    format!("{:?} {orders:?} {lines:?} {:?}", ledger.products, end.told)
}

/// All that loom's threads come to, of so many pre-emptions at most.
fn by_loom(case: &Arc<Case>, preemptions_max: Option<usize>) -> Reached {
    let reached = Arc::new(PlainMutex::new(Reached::default()));
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions_max;
    let (case, all) = (Arc::clone(case), Arc::clone(&reached));
    builder.check(move || {
        let end = one_execution(&case);
        // No other thread runs any more: this lock is no part of the model.
        all.lock().unwrap().add(&case, &end);
    });
    std::mem::take(&mut reached.lock().unwrap())
}

fn one_execution(case: &Arc<Case>) -> End {
    let (isolation, buyers) = (case.terms.cell.level, case.carts.len());
    let stock_check = checkout_sim::subject::has_stock_check(case.terms.cell.subject);
    let shared = Arc::new(Shared {
        state: Mutex::new(State {
            store: Store::new(case.supply(), stock_check, isolation, buyers),
            replies: vec![None; buyers],
        }),
        answered: Condvar::new(),
    });
    let threads: Vec<_> = (0..buyers)
        .map(|buyer| {
            let (shared, case) = (Arc::clone(&shared), Arc::clone(case));
            loom::thread::spawn(move || {
                let session = Threaded {
                    shared,
                    session: buyer,
                    level: case.terms.cell.level,
                    is_open: false,
                };
                let mut client = InProcess::new(case.terms.cell, session);
                let (terms, cart) = (&case.terms, &case.carts[buyer]);
                finish(flow(&mut client, 1, terms, cart))[0].0.outcome
            })
        })
        .collect();
    let told: Vec<Outcome> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    let state = shared.state.lock().unwrap().store.state();
    End::of_shop(state, told)
}

/// All that the search comes to.
fn by_search(case: &Arc<Case>) -> Reached {
    let reached = PlainMutex::new(Reached::default());
    let rules = Rules {
        crash: false,
        switches_max: None,
        reduce: false,
    };
    let mut arenas = Arenas::open(1, |_| async {
        Ok(Gate::new(MemoryWorld::new(case)?, Arc::clone(case)))
    })
    .unwrap();
    let (limits, stop) = (Limits::default(), AtomicBool::new(false));
    let (covered, worked) = arenas.search(Policy::Exhaustive, rules, limits, &stop, &|walked| {
        reached.lock().unwrap().add(case, &walked.end);
    });
    worked.unwrap();
    assert!(covered.exhausted);
    reached.into_inner().unwrap()
}

/// Loom and the search reach the same endings, and a fix breaks nothing in any
/// execution. Answers what loom reached.
fn compare(
    shape: &Shape,
    strategy: Strategy,
    isolation: Isolation,
    preemptions_max: Option<usize>,
) -> Reached {
    let case = Arc::new(shape.case(Terms {
        cell: strategy.at(isolation),
        max_tries: shape.max_tries,
        retry: Retry::default(),
    }));
    let (loom, search) = (by_loom(&case, preemptions_max), by_search(&case));
    let cell = format!("{strategy} at {isolation}, {shape:?}");
    assert_eq!(loom.endings, search.endings, "{cell}: loom, search");
    assert_eq!(loom.verdicts, search.verdicts, "{cell}: loom, search");
    // A buyer who gives up may leave a unit on the shelf.
    let is_broken = loom.verdicts.iter().any(|v| *v != Verdict::Undersells);
    let is_fix = strategy.profile().role == Role::Fix;
    assert!(!(is_fix && is_broken), "{cell}: {:?}", loom.verdicts);
    loom
}

/// The verdict that the catalogue predicts of the last unit, from all that
/// loom's executions prove.
fn assert_as_predicted(loom: &Reached, strategy: Strategy, isolation: Isolation) {
    let worst = loom.verdicts.first().copied().unwrap_or(Verdict::Safe);
    let predicted = strategy.expected_explored(isolation);
    assert_eq!(worst, predicted, "{strategy} at {isolation}");
}

/// Every interleaving of two threads, fixes and controls.
#[test]
fn two_threads_reach_what_the_search_reaches() {
    for strategy in Strategy::ALL {
        for isolation in MODELLED {
            let loom = compare(&last_unit(2), strategy, isolation, None);
            assert_as_predicted(&loom, strategy, isolation);
        }
    }
}

/// Threads that wait in a circle: one is ended for it, or loom would find that
/// no thread can go on.
#[test]
fn two_threads_that_deadlock_reach_what_the_search_reaches() {
    let opposite = Shape {
        products: 2,
        stock: 2,
        lines: 2,
        duplicate_lines: false,
        ..last_unit(2)
    };
    for strategy in [Strategy::RowLock, Strategy::Atomic, Strategy::Optimistic] {
        let loom = compare(&opposite, strategy, Isolation::ReadCommitted, None);
        let has_victim = loom.endings.iter().any(|end| end.contains("GaveUp"));
        assert!(has_victim, "{strategy}");
    }
    let again = Shape {
        max_tries: 2,
        ..opposite
    };
    compare(&again, Strategy::Atomic, Isolation::ReadCommitted, None);
}

/// Three threads have a million interleavings where three sessions have two
/// thousand schedules: loom also counts which thread waits for the mutex. Three
/// pre-emptions reach every ending; two do not, at repeatable read.
#[test]
fn three_threads_reach_what_the_search_reaches() {
    for strategy in [Strategy::RowLock, Strategy::Atomic] {
        for isolation in MODELLED {
            let loom = compare(&last_unit(3), strategy, isolation, Some(3));
            assert_as_predicted(&loom, strategy, isolation);
        }
    }
    for strategy in [Strategy::CheckThenUpdate, Strategy::Optimistic] {
        let isolation = Isolation::ReadCommitted;
        let loom = compare(&last_unit(3), strategy, isolation, Some(3));
        assert_as_predicted(&loom, strategy, isolation);
    }
}

#[test]
#[ignore = "slow: a million executions"]
fn three_threads_reach_the_same_without_a_bound() {
    let isolation = Isolation::ReadCommitted;
    compare(&last_unit(3), Strategy::Atomic, isolation, None);
}
