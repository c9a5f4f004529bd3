//! Attempts and checkouts on scripted sessions: what is tried again, what is
//! rolled back, and what the buyer is told when something breaks.

mod script;
mod statements;

use checkout_sim::flow::{Checkout, InProcess, Terms, flow};
use checkout_sim::session::{Error, Result};
use checkout_sim::shop::{Cart, Conflict, Isolation, Outcome, Retry};
use checkout_sim::statement::Reply;
use checkout_sim::subject::{Attempt, Client, Memory, Strategy};
use tokio::runtime::Builder;

use script::{Log, Script, Scripted, but, cart, healthy, said};

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(work)
}

/// One attempt, and everything that was said to the session.
fn attempt_on(strategy: Strategy, script: Script) -> (Attempt, Vec<String>) {
    let log = Log::default();
    let session = Scripted::new([script], &log);
    let mut client = InProcess::new(strategy.at(Isolation::ReadCommitted), session);
    (
        block_on(client.attempt(&cart(), 0, &mut Memory::default())),
        said(&log),
    )
}

fn terms(max_tries: u32) -> Terms {
    Terms {
        cell: Strategy::Atomic.at(Isolation::ReadCommitted),
        max_tries,
        retry: Retry::default(),
    }
}

/// One checkout, a script for each attempt, and everything that was said to
/// the session.
fn checkout_on(
    scripts: impl IntoIterator<Item = Script>,
    strategy: Strategy,
    max_tries: u32,
) -> (Checkout, Vec<String>) {
    let log = Log::default();
    let session = Scripted::new(scripts, &log);
    let mut client = InProcess::new(strategy.at(Isolation::ReadCommitted), session);
    let ended = block_on(flow(&mut client, 1, &terms(max_tries), &cart())).remove(0);
    (ended.0, said(&log))
}

fn database(sqlstate: &str) -> Error {
    Error::Database {
        sqlstate: sqlstate.into(),
        message: "for a test".into(),
    }
}

fn lost() -> Error {
    Error::ConnectionLost("for a test".into())
}

// --- one attempt, broken at every statement ---------------------------------

/// What the buyer must be told when the statement at `position` of a healthy
/// attempt ends in `error`. `before` are the words up to it, itself included.
fn must_end(strategy: Strategy, before: &[String], error: &Error) -> Attempt {
    let word = before.last().expect("a statement").as_str();
    let makes_durable = word == "commit" || (word == "order" && !is_open(before));
    match error {
        Error::Conflict(conflict) => Attempt::Conflict(*conflict),
        Error::CheckViolation
            if strategy == Strategy::CheckConstraint && word.starts_with("decrement") =>
        {
            Attempt::SoldOut
        }
        Error::ConnectionLost(_) if makes_durable => Attempt::Unknown(error.clone()),
        other => Attempt::Failed(other.clone()),
    }
}

/// Whether a transaction is open while the last of these statements runs.
fn is_open(words: &[String]) -> bool {
    let before = &words[..words.len() - 1];
    let mut ends = before.iter().rev();
    ends.find(|w| ["begin", "commit"].contains(&w.as_str()))
        .is_some_and(|w| w == "begin")
}

/// Every strategy, every statement of it, every kind of error: the buyer is
/// told the right thing, and a transaction that is still open is rolled back
/// once. A connection that is gone and a COMMIT that was refused need no
/// ROLLBACK, and get none.
#[test]
fn whatever_breaks_wherever_it_breaks() {
    let errors = [
        Error::Conflict(Conflict::Serialization),
        Error::Conflict(Conflict::Deadlock),
        Error::Conflict(Conflict::LockTimeout),
        Error::CheckViolation,
        database("53100"),
        lost(),
    ];
    let mut broken = 0;
    for strategy in Strategy::ALL {
        let (sold, words) = attempt_on(strategy, healthy());
        assert_eq!(sold, Attempt::Sold, "{strategy}");
        assert!(!words.contains(&"rollback".into()), "{strategy}: {words:?}");
        for position in (0..words.len()).filter(|p| words[*p] != "think") {
            for error in &errors {
                let (ended, said) = attempt_on(strategy, but(position, Err(error.clone())));
                let before = &words[..=position];
                let what = format!("{strategy}, {error} at {before:?}: {said:?}");
                assert_eq!(ended, must_end(strategy, before, error), "{what}");
                let is_gone = matches!(error, Error::ConnectionLost(_));
                let needs = is_open(before) && before[position] != "commit" && !is_gone;
                let rollback = needs.then(|| "rollback".to_owned());
                let expected: Vec<String> = before.iter().cloned().chain(rollback).collect();
                assert_eq!(said, expected, "{what}");
                broken += 1;
            }
        }
    }
    // Eleven strategies of about six statements, and six errors: the loop ran.
    assert!(broken > 11 * 6 * 5, "only {broken}");
}

/// A refused buyer is rolled back once, with nothing after it; `autocommit` has
/// nothing to roll back, and keeps what its first line took.
#[test]
fn a_refusal_is_rolled_back_once() {
    for strategy in Strategy::ALL {
        // Enough for the first line, not for the second.
        let scarce = Script {
            stock: 1,
            ..healthy()
        };
        let (ended, said) = attempt_on(strategy, scarce);
        let never_checks = [Strategy::Naive, Strategy::BlindDecrement].contains(&strategy);
        if never_checks {
            assert_eq!(ended, Attempt::Sold, "{strategy}");
            continue;
        }
        assert_eq!(ended, Attempt::SoldOut, "{strategy}");
        assert!(!said.contains(&"order".into()), "{strategy}: {said:?}");
        let rollbacks = said.iter().filter(|w| *w == "rollback").count();
        let has_transaction = strategy != Strategy::Autocommit;
        assert_eq!(rollbacks, usize::from(has_transaction), "{strategy}");
        assert!(!has_transaction || said.last() == Some(&"rollback".into()));
    }
}

/// The one difference between the fix and the seed's own code: the fix reads
/// that the versioned UPDATE matched no row.
#[test]
fn only_optimistic_notices_a_stale_version() {
    let swap = 3;
    let stale = || but(swap, Ok(Reply::affected(0)));
    let (ended, said) = attempt_on(Strategy::Optimistic, stale());
    assert_eq!(ended, Attempt::Conflict(Conflict::StaleVersion));
    assert_eq!(said.last().expect("said something"), "rollback");
    let (ended, said) = attempt_on(Strategy::VersionIgnored, stale());
    assert_eq!(ended, Attempt::Sold);
    assert_eq!(said.last().expect("said something"), "commit");
}

/// A session that answers something of another shape is a defect, never a sale.
#[test]
fn a_reply_of_the_wrong_shape_is_a_fault() {
    for strategy in Strategy::ALL {
        let (_, words) = attempt_on(strategy, healthy());
        for (position, word) in words.iter().enumerate() {
            let wrong = match word.as_str() {
                "begin" | "commit" | "think" => Reply::affected(1),
                _ => Reply::Done,
            };
            let (ended, _) = attempt_on(strategy, but(position, Ok(wrong)));
            let is_fault = matches!(ended, Attempt::Failed(Error::WrongReply { .. }));
            assert!(is_fault, "{strategy} at {word}: {ended:?}");
        }
    }
}

// --- one checkout -----------------------------------------------------------

/// Each kind of conflict, then a success: two tries, each in a transaction of
/// its own.
#[test]
fn a_conflict_is_tried_again_in_a_new_transaction() {
    let swap = 3;
    let stale: Result<Reply> = Ok(Reply::affected(0));
    for conflict in Conflict::ALL {
        let answer = match conflict {
            Conflict::StaleVersion => stale.clone(),
            other => Err(other.into()),
        };
        let scripts = [but(swap, answer), healthy()];
        let (ended, said) = checkout_on(scripts, Strategy::Optimistic, 10);
        let mut conflicts = [0; Conflict::ALL.len()];
        conflicts[conflict as usize] = 1;
        let expected = Checkout {
            outcome: Outcome::Sold,
            tries: 2,
            conflicts,
            fault: None,
        };
        assert_eq!(ended, expected);
        let first = "begin,read 1,think,swap 1=4@7,rollback";
        let second = "begin,read 1,think,swap 1=4@7,read 2,think,swap 2=3@7,order,commit";
        assert_eq!(said.join(","), format!("{first},{second}"));
    }
}

/// 40001 can come from COMMIT; that too is a lost attempt and no sale.
#[test]
fn a_conflict_at_commit_is_tried_again_too() {
    let commit = 8;
    let refused = but(commit, Err(Conflict::Serialization.into()));
    let (ended, said) = checkout_on([refused, healthy()], Strategy::RowLock, 10);
    assert_eq!((ended.outcome, ended.tries), (Outcome::Sold, 2));
    assert_eq!(said.iter().filter(|w| *w == "commit").count(), 2);
    assert!(!said.contains(&"rollback".into()));
}

/// Sold out is an answer and a fault is a fault: neither gets another try.
#[test]
fn nothing_else_is_tried_again() {
    let none = Script {
        stock: 0,
        ..healthy()
    };
    let first = 1;
    let cases = [
        (none, Outcome::SoldOut, None),
        (
            but(first, Err(database("53100"))),
            Outcome::Failed,
            Some(database("53100")),
        ),
        // 23514 is a refusal only where the strategy relies on the constraint.
        (
            but(first, Err(Error::CheckViolation)),
            Outcome::Failed,
            Some(Error::CheckViolation),
        ),
        (but(first, Err(lost())), Outcome::Failed, Some(lost())),
        (but(8, Err(lost())), Outcome::Unknown, Some(lost())),
    ];
    for (script, outcome, fault) in cases {
        let (ended, said) = checkout_on([script], Strategy::RowLock, 10);
        assert_eq!(
            (ended.outcome, ended.tries, ended.fault),
            (outcome, 1, fault)
        );
        assert_eq!(said.iter().filter(|w| *w == "begin").count(), 1);
    }
}

/// The budget is the number of attempts, the first included.
#[test]
fn the_retry_budget_is_kept() {
    for max_tries in 1..=5 {
        let conflict = but(1, Err(Conflict::Deadlock.into()));
        let scripts = vec![conflict; max_tries as usize];
        let (ended, said) = checkout_on(scripts, Strategy::RowLock, max_tries);
        assert_eq!((ended.outcome, ended.tries), (Outcome::GaveUp, max_tries));
        assert_eq!(ended.conflicts, [0, max_tries, 0, 0]);
        let attempts = vec!["begin,lock 1,rollback"; max_tries as usize];
        assert_eq!(said.join(","), attempts.join(","));
    }
}

/// A checkout is not started before its first attempt; without a session for
/// the next one it has failed, and the conflict that came before is not
/// forgotten.
#[test]
fn without_a_session_there_is_no_attempt() {
    let mut ended = Checkout::default();
    assert_eq!((ended.outcome, ended.tries), (Outcome::NotStarted, 0));
    assert!(ended.take_in(Attempt::Conflict(Conflict::LockTimeout), 2));
    ended.refuse(lost());
    let expected = Checkout {
        outcome: Outcome::Failed,
        tries: 1,
        conflicts: [0, 0, 1, 0],
        fault: Some(lost()),
    };
    assert_eq!(ended, expected);
}

// --- a flow of several steps ------------------------------------------------

/// Answers the attempts one after the other, and remembers for which step each was.
struct Steps {
    answers: Vec<Attempt>,
    asked: Vec<usize>,
}

impl Client for Steps {
    async fn attempt(&mut self, _: &Cart, step: usize, _: &mut Memory) -> Attempt {
        self.asked.push(step);
        self.answers.remove(0)
    }
}

/// Each step has tries and an outcome of its own; the next one is begun only where the
/// one before it was sold.
#[test]
fn a_flow_goes_on_as_long_as_its_steps_are_sold() {
    let lost = || Attempt::Conflict(Conflict::Deadlock);
    let walk = |answers: Vec<Attempt>| {
        let asked = Vec::new();
        let mut client = Steps { answers, asked };
        let made = block_on(flow(&mut client, 3, &terms(2), &cart()));
        let outcomes: Vec<Outcome> = made.iter().map(|(made, _)| made.outcome).collect();
        assert_eq!(client.answers, [], "every answer was asked for");
        (client.asked, outcomes)
    };
    let (sold, out) = (Outcome::Sold, Outcome::SoldOut);
    let all = vec![lost(), Attempt::Sold, Attempt::Sold, lost(), Attempt::Sold];
    assert_eq!(walk(all), (vec![0, 0, 1, 2, 2], vec![sold; 3]));
    let refused = vec![Attempt::Sold, Attempt::SoldOut];
    let left = Outcome::NotStarted;
    assert_eq!(walk(refused), (vec![0, 1], vec![sold, out, left]));
    let given_up = vec![lost(), lost()];
    assert_eq!(
        walk(given_up),
        (vec![0, 0], vec![Outcome::GaveUp, left, left])
    );
}
