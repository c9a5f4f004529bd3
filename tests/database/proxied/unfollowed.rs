//! Programs that cannot be followed: each is refused with its reason, and never called safe.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use checkout_sim::shop::Outcome;

use super::desk::{Desk, Handler, Told};
use super::stand::{Program, program};

type Handled = Pin<Box<dyn Future<Output = Told> + Send>>;

/// Two statements at once, each on a connection of its own.
fn side_by_side(desk: Arc<Desk>, _: usize) -> Handled {
    Box::pin(async move {
        let (one, other) = (desk.connection().await?, desk.connection().await?);
        let (one, other) = tokio::join!(one.run("SELECT 1"), other.run("SELECT 2"));
        one?;
        other?;
        Ok(Outcome::Sold)
    })
}

/// The same within two transactions, each of which is open by then.
fn side_by_side_within(desk: Arc<Desk>, _: usize) -> Handled {
    Box::pin(async move {
        let (one, other) = (desk.connection().await?, desk.connection().await?);
        one.run("BEGIN").await?;
        other.run("BEGIN").await?;
        let (ended, rolled_back) = tokio::join!(one.run("COMMIT"), other.run("ROLLBACK"));
        ended?;
        rolled_back?;
        Ok(Outcome::Sold)
    })
}

/// Something else in every third request.
fn forgetful(desk: Arc<Desk>, _: usize) -> Handled {
    Box::pin(async move {
        let connection = desk.connection().await?;
        let nth = desk.taken.load(SeqCst) / 5 % 2;
        connection.run(&format!("SELECT {nth}")).await?;
        Ok(Outcome::Sold)
    })
}

/// Goes on after its answer.
fn late(desk: Arc<Desk>, _: usize) -> Handled {
    Box::pin(async move {
        let connection = desk.connection().await?;
        connection.run("SELECT 1").await?;
        let later = Arc::clone(&desk);
        drop(connection);
        tokio::spawn(async move {
            let connection = later.connection().await.expect("a connection");
            let _ = connection.run("SELECT 'late'").await;
        });
        Ok(Outcome::Sold)
    })
}

/// Answers in the middle of a transaction.
fn leaving(desk: Arc<Desk>, _: usize) -> Handled {
    Box::pin(async move {
        let connection = desk.connection().await?;
        connection.run("BEGIN").await?;
        Ok(Outcome::Sold)
    })
}

/// Wants a second connection while it has one.
fn greedy(desk: Arc<Desk>, _: usize) -> Handled {
    Box::pin(async move {
        let one = desk.connection().await?;
        one.run("SELECT 1").await?;
        let other = desk.connection().await?;
        other.run("SELECT 2").await?;
        Ok(Outcome::Sold)
    })
}

#[test]
fn statements_of_one_request_side_by_side_are_refused() {
    for handler in [side_by_side as Handler, side_by_side_within] {
        let reason = program(handler).refused();
        let words = "request A sends statements side by side";
        assert!(reason.contains(words), "{reason}");
    }
}

#[test]
fn a_program_that_does_something_else_each_time_is_refused() {
    let reason = program(forgetful).refused();
    assert!(
        reason.contains("did not do the same") || reason.contains("does not do the same"),
        "{reason}"
    );
}

/// Where it comes while another request is being worked for, it is taken for a second one of
/// that.
#[test]
fn a_statement_after_the_answer_is_refused() {
    let reason = program(late).refused();
    let words = ["'late'", "side by side", "at the same time"];
    assert!(words.iter().any(|words| reason.contains(words)), "{reason}");
}

#[test]
fn an_answer_that_leaves_a_transaction_open_is_refused() {
    let reason = program(leaving).refused();
    assert!(reason.contains("left a transaction open"), "{reason}");
}

#[test]
fn requests_that_wait_for_each_other_in_the_program_are_refused() {
    let two = Program {
        connections: 2,
        ..program(greedy)
    };
    let reason = two.refused();
    assert!(reason.contains("AB is not answered"), "{reason}");
}
