//! What holds of every schedule of any small shop, in memory: properties over
//! random shapes and random schedules; and the other direction, where the same
//! properties must fail for a control, and shrink to the smallest proof.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll, Waker};

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};
use proptest::sample::select;
use proptest::strategy::Strategy as Generator;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;

use checkout_sim::explore::arena::{Arena as _, End, Seat};
use checkout_sim::explore::bounds::Rules;
use checkout_sim::explore::bounds::SearchPlan;
use checkout_sim::explore::bounds::{Limits, Policy};
use checkout_sim::explore::case::Case;
use checkout_sim::explore::found::explore;
use checkout_sim::explore::schedule::{Choice, Schedule};
use checkout_sim::explore::search::Arenas;
use checkout_sim::explore::walk::walk_at_random;
use checkout_sim::oracle::{Ledger, Tally, Verdict};
use checkout_sim::scenario::Shape;
use checkout_sim::shop::{CheckoutKey, Isolation, LockOrder, Outcome, Retry};
use checkout_sim::subject::{Role, Strategy};

use crate::support::small::{case, in_memory};

/// The levels that the model knows.
const MODELLED: [Isolation; 2] = [Isolation::ReadCommitted, Isolation::RepeatableRead];

/// The model in memory never waits.
fn finish<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the model waits for nothing"),
    }
}

fn at_random(case: &Arc<Case>, seed: u64) -> (Schedule, End) {
    let rules = Rules {
        crash: case.crash,
        switches_max: None,
        reduce: false,
    };
    let random = || ChaCha8Rng::seed_from_u64(seed);
    let walk = finish(walk_at_random(&mut in_memory(case), rules, random));
    let walk = walk.expect("the model in memory does not fail");
    let walked = walk.ended.expect("no session sleeps");
    (walked.schedule, walked.end)
}

fn shapes() -> impl Generator<Value = Shape> {
    let order = select(vec![LockOrder::Sorted, LockOrder::Cart]);
    let sizes = (2_u32..=3, 1_u32..=3, 1_u32..=2, 1_u32..=2);
    let rest = (vec(1_u32..=2, 3), order, 1_u32..=2, any::<bool>());
    (sizes, rest).prop_map(
        |((buyers, stock, lines, products), (units, lock_order, max_tries, crash))| Shape {
            buyers,
            products: products.max(lines),
            stock,
            lines,
            duplicate_lines: false,
            units,
            lock_order,
            max_tries,
            retry: Retry::default(),
            crash,
        },
    )
}

fn fixes() -> Vec<Strategy> {
    let is_fix = |strategy: &Strategy| strategy.profile().role == Role::Fix;
    let fixes: Vec<Strategy> = Strategy::ALL.into_iter().filter(is_fix).collect();
    assert!(!fixes.is_empty());
    fixes
}

/// The checkouts that have an order.
fn ordered(end: &End) -> Vec<CheckoutKey> {
    let mut keys: Vec<_> = Ledger::of(&end.state)
        .orders
        .iter()
        .map(|order| order.key)
        .collect();
    keys.sort_unstable();
    keys
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Whatever the strategy: every buyer is told one thing; a buyer who was told
    /// `sold` has one order, and no other buyer has any.
    #[test]
    fn outcomes_are_conserved(
        shape in shapes(),
        strategy in select(Strategy::ALL.to_vec()),
        isolation in select(MODELLED.to_vec()),
        seed in any::<u64>(),
    ) {
        let case = case(&shape, strategy, isolation);
        let (schedule, end) = at_random(&case, seed);
        let tally = Tally::of(&end.told);
        tally.assert_conserved(u64::from(shape.buyers));
        prop_assert_eq!((tally.unknown, tally.not_started), (0, 0));
        prop_assert!(tally.failed == 0 || schedule.0.iter().any(|c| matches!(c, Choice::Cut(_))));
        let sold = case.carts.iter().zip(&end.told).filter(|(_, told)| **told == Outcome::Sold);
        let sold: Vec<CheckoutKey> = sold.map(|(cart, _)| cart.key).collect();
        prop_assert_eq!(ordered(&end), sold, "{}", schedule);
    }

    /// A fix breaks nothing in any schedule; it may leave a unit on the shelf
    /// only where a buyer gave up.
    #[test]
    fn a_fix_breaks_nothing(
        shape in shapes(),
        strategy in select(fixes()),
        isolation in select(MODELLED.to_vec()),
        seed in any::<u64>(),
    ) {
        let case = case(&shape, strategy, isolation);
        let (schedule, end) = at_random(&case, seed);
        let audit = case.judge(&end);
        let proven = audit.findings.proven();
        prop_assert!(proven.iter().all(|v| *v == Verdict::Undersells), "{schedule}: {proven:?}");
        prop_assert!(proven.is_empty() || end.told.contains(&Outcome::GaveUp), "{schedule}");
        for account in &audit.accounts {
            prop_assert_eq!(account.stock, Some(account.supply - account.sold), "{}", schedule);
        }
    }
}

/// A schedule made of a list of numbers: so many steps for the first session, so
/// many for the next one, and so on in a circle; a session that cannot go on is
/// passed over. At the end of the list each session goes on as far as possible.
fn made_of(case: &Arc<Case>, numbers: &[usize]) -> (Schedule, End) {
    let mut arena = in_memory(case);
    let mut schedule = Schedule::default();
    finish(arena.reset()).expect("the model starts");
    let (mut events, mut numbers) = (Vec::new(), numbers.iter());
    let (mut session, mut left) = (0, numbers.next().copied());
    loop {
        let seats = arena.seats();
        let can_move = |session: usize| seats[session] == Seat::Parked;
        if !(0..seats.len()).any(can_move) {
            let end = finish(arena.end()).expect("the model has a ledger");
            return (schedule, end);
        }
        if left == Some(0) || !can_move(session) {
            session = (session + 1) % seats.len();
            left = numbers.next().copied();
            continue;
        }
        left = left.map(|steps| steps - 1);
        let choice = Choice::Step(session);
        finish(arena.admit(choice, &mut events)).expect("the session can move");
        schedule.0.push(choice);
    }
}

/// Numbers for the schedule, buyers, units of each line, stock: shrunk in this
/// order, the list to fewer and smaller numbers, the rest to its least value.
type Small = (Vec<usize>, u32, u32, u32);

fn small_cases() -> impl Generator<Value = Small> {
    (vec(0_usize..6, 0..=8), 2_u32..=3, 1_u32..=2, 1_u32..=3)
}

/// The smallest shop and schedule that proptest comes to when it is told that a
/// strategy breaks nothing at read committed; the same one each time.
fn refuted(strategy: Strategy) -> Small {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let breaks_nothing = |small: Small| match run(strategy, &small) {
        (_, proven) if proven.is_empty() => Ok(()),
        (schedule, proven) => Err(TestCaseError::fail(format!("{schedule}: {proven:?}"))),
    };
    match TestRunner::new_with_rng(config, random).run(&small_cases(), breaks_nothing) {
        Err(TestError::Fail(_, smallest)) => smallest,
        other => panic!("{strategy} is a control and must fail: {other:?}"),
    }
}

fn run(strategy: Strategy, small: &Small) -> (String, Vec<Verdict>) {
    let case = case(&small_shape(small), strategy, Isolation::ReadCommitted);
    let (schedule, end) = made_of(&case, &small.0);
    (schedule.to_string(), case.judge(&end).findings.proven())
}

fn small_shape((_, buyers, units, stock): &Small) -> Shape {
    Shape {
        buyers: *buyers,
        products: 1,
        stock: *stock,
        lines: 1,
        duplicate_lines: false,
        units: vec![*units],
        lock_order: LockOrder::Sorted,
        max_tries: 1,
        retry: Retry::default(),
        crash: false,
    }
}

/// A control that is claimed to be safe is refuted, by the smallest proof that
/// there is.
///
/// Two buyers who want one unit each of one unit are the least that a conflict
/// takes. One number is the least that says when to interrupt A, and it must be
/// 2: where A is interrupted before it has read the stock, it finds what B has
/// left, and refuses. So no number can be left out or made smaller.
#[test]
fn a_control_shrinks_to_the_smallest_proof() {
    let smallest = refuted(Strategy::CheckThenUpdate);
    assert_eq!(smallest, (vec![2], 2, 1, 1));
    let (schedule, proven) = run(Strategy::CheckThenUpdate, &smallest);
    assert_eq!(schedule, "AABBBBBAAA");
    assert_eq!(proven, [Verdict::Oversells, Verdict::LosesUpdates]);
    for smaller in [vec![], vec![0], vec![1]] {
        let (schedule, proven) = run(Strategy::CheckThenUpdate, &(smaller, 2, 1, 1));
        assert_eq!(proven, [], "{schedule}");
    }
    // What the explorer calls the simplest was found in another way.
    let case = case(
        &small_shape(&smallest),
        Strategy::CheckThenUpdate,
        Isolation::ReadCommitted,
    );
    assert_eq!(simplest(&case), schedule);
}

/// A checkout that does not look at the stock at all oversells without being
/// interrupted.
#[test]
fn a_control_that_never_checks_shrinks_to_one_buyer_after_the_other() {
    let smallest = refuted(Strategy::BlindDecrement);
    assert!(smallest.0.is_empty(), "{smallest:?}");
    let (schedule, proven) = run(Strategy::BlindDecrement, &smallest);
    assert_eq!(schedule, "AAAABBBB");
    assert_eq!(proven, [Verdict::Oversells]);
}

fn simplest(case: &Arc<Case>) -> String {
    let mut arenas = Arenas::open(1, |_| async { Ok(in_memory(case)) }).unwrap();
    let quest = SearchPlan {
        policy: Policy::Exhaustive,
        reduce: false,
        reduce_beyond: None,
        switches_max: None,
        limits: Limits::default(),
        races: 0,
        victims_are_fixed: true,
        reproduce: false,
    };
    let stop = AtomicBool::new(false);
    let found = explore(&mut arenas, case, quest, &stop, &|| {});
    assert!(found.is_simplest);
    found
        .example
        .expect("a control breaks something")
        .schedule
        .to_string()
}
