//! Programs that are followed, and what every schedule of them comes to.

use std::pin::Pin;
use std::sync::Arc;

use checkout_sim::explore::trace::Happening;
use checkout_sim::shop::Outcome;
use tokio_postgres::error::SqlState;

use super::desk::{Desk, Told};
use super::stand::{Program, program};

type Handled = Pin<Box<dyn Future<Output = Told> + Send>>;

const LOOK: &str = "SELECT stock FROM products WHERE id = 1";
const TAKE: &str = "UPDATE products SET stock = stock - 1 WHERE id = 1 AND stock > 0";
const ORDER: &str = "INSERT INTO orders (product) VALUES (1)";

/// Writes what is left, and the order.
const LEAVE: &str = "WITH left_over AS (UPDATE products SET stock = $1 WHERE id = 1)
    INSERT INTO orders (product) VALUES (1)";

/// Reads the stock, and writes what is left of it; each statement commits by itself.
fn naive(desk: Arc<Desk>, _: usize) -> Handled {
    Box::pin(async move {
        let connection = desk.connection().await?;
        let stock = connection.number(LOOK).await?;
        if stock == 0 {
            return Ok(Outcome::SoldOut);
        }
        connection.change(LEAVE, &[&(stock - 1)]).await?;
        Ok(Outcome::Sold)
    })
}

/// The same between BEGIN and COMMIT.
fn in_a_transaction(desk: Arc<Desk>, _: usize) -> Handled {
    Box::pin(async move {
        let connection = desk.connection().await?;
        connection.run("BEGIN").await?;
        let stock = connection.number(LOOK).await?;
        if stock == 0 {
            connection.run("ROLLBACK").await?;
            return Ok(Outcome::SoldOut);
        }
        connection.change(LEAVE, &[&(stock - 1)]).await?;
        connection.run("COMMIT").await?;
        Ok(Outcome::Sold)
    })
}

/// Takes a unit where there is one.
fn atomic(desk: Arc<Desk>, _: usize) -> Handled {
    Box::pin(async move {
        let connection = desk.connection().await?;
        connection.run("BEGIN").await?;
        if connection.change(TAKE, &[]).await? == 0 {
            connection.run("ROLLBACK").await?;
            return Ok(Outcome::SoldOut);
        }
        connection.run(ORDER).await?;
        connection.run("COMMIT").await?;
        Ok(Outcome::Sold)
    })
}

/// At repeatable read: what is lost to another request is tried again.
fn retried(desk: Arc<Desk>, _: usize) -> Handled {
    Box::pin(async move {
        let connection = desk.connection().await?;
        loop {
            connection
                .run("BEGIN ISOLATION LEVEL REPEATABLE READ")
                .await?;
            match connection.change(TAKE, &[]).await {
                Ok(0) => {
                    connection.run("ROLLBACK").await?;
                    return Ok(Outcome::SoldOut);
                }
                Ok(_) => {
                    connection.run(ORDER).await?;
                    connection.run("COMMIT").await?;
                    return Ok(Outcome::Sold);
                }
                Err(error) if error.code() == Some(&SqlState::T_R_SERIALIZATION_FAILURE) => {
                    connection.run("ROLLBACK").await?;
                }
                Err(error) => return Err(error),
            }
        }
    })
}

/// One request at a time, by a lock of the program's own.
fn locked(desk: Arc<Desk>, session: usize) -> Handled {
    Box::pin(async move {
        let _lock = desk.lock().await;
        in_a_transaction(Arc::clone(&desk), session).await
    })
}

/// The same with the lock given up and taken again before.
fn locked_twice(desk: Arc<Desk>, session: usize) -> Handled {
    Box::pin(async move {
        {
            let _lock = desk.lock().await;
            let connection = desk.connection().await?;
            connection.number(LOOK).await?;
        }
        locked(Arc::clone(&desk), session).await
    })
}

/// Two rows, by the second request in the other order.
fn crossing(desk: Arc<Desk>, session: usize) -> Handled {
    Box::pin(async move {
        let connection = desk.connection().await?;
        connection.run("BEGIN").await?;
        for id in [[1, 2], [2, 1]][session] {
            let take = "UPDATE products SET stock = stock WHERE id = $1";
            if let Err(error) = connection.change(take, &[&id]).await {
                connection.run("ROLLBACK").await?;
                return Err(error);
            }
        }
        connection.run("COMMIT").await?;
        Ok(Outcome::Sold)
    })
}

/// Two requests of `naive`, as a model of five steps each: it comes, reads, commits that,
/// writes, commits that. A request that has read 0 ends with its first commit.
#[derive(Clone, Copy)]
struct Model {
    steps: [u8; 2],
    read: [i32; 2],
    stock: i32,
    sold: u32,
    /// Which one holds the row, and whether the other one waits for it.
    holder: Option<usize>,
    waits: bool,
}

impl Model {
    const START: Self = Self {
        steps: [0; 2],
        read: [1; 2],
        stock: 1,
        sold: 0,
        holder: None,
        waits: false,
    };

    /// How many schedules there are from here on, and how many of them sell two.
    fn count(self) -> (u64, u64) {
        let is_over =
            |one: usize| self.steps[one] == 5 || self.steps[one] == 3 && self.read[one] == 0;
        let is_blocked = |one: usize| self.waits && self.holder != Some(one);
        let can_move = |one: &usize| !is_over(*one) && !is_blocked(*one);
        let counts: Vec<(u64, u64)> = (0..2)
            .filter(can_move)
            .map(|one| self.moved(one).count())
            .collect();
        match counts[..] {
            [] => (1, u64::from(self.sold == 2)),
            _ => counts
                .iter()
                .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1)),
        }
    }

    fn moved(mut self, one: usize) -> Self {
        match self.steps[one] {
            1 => self.read[one] = self.stock,
            3 if self.holder.is_some() => self.waits = true,
            3 => self.holder = Some(one),
            4 => {
                self.stock = self.read[one] - 1;
                self.sold += 1;
                self.holder = self.waits.then_some(1 - one);
                self.waits = false;
            }
            _ => {}
        }
        self.steps[one] += 1;
        self
    }
}

#[test]
fn a_naive_program_sells_one_unit_twice() {
    let explored = program(naive).explore().expect("it can be followed");
    assert!(explored.covered.exhausted);
    assert_eq!(explored.ways(), ["no product is sold twice"]);
    let counted = (explored.covered.schedules, explored.broken() as u64);
    assert_eq!(counted, Model::START.count());
    let twice = explored.ended.iter().find(|(_, broken)| !broken.is_empty());
    let schedule = twice.expect("one").0.to_string();
    let trace = program(naive)
        .follow(&schedule)
        .expect("it can be followed");
    let broken = &trace.broken[0].invariant;
    assert_eq!(broken.as_ref(), "no product is sold twice");
    assert_eq!(trace.told, [Outcome::Sold, Outcome::Sold]);
    assert_eq!(trace.steps[0].sql.as_deref(), Some("POST /checkout/0"));
}

#[test]
fn a_transaction_alone_does_not_help() {
    let explored = program(in_a_transaction)
        .explore()
        .expect("it can be followed");
    assert!(explored.covered.exhausted);
    assert_eq!(explored.ways(), ["no product is sold twice"]);
}

#[test]
fn what_is_right_is_right_in_every_schedule() {
    for (name, handler) in [
        ("atomic", atomic as super::desk::Handler),
        ("retried", retried),
    ] {
        let explored = program(handler).explore().expect(name);
        assert!(explored.covered.exhausted, "{name}");
        assert_eq!(explored.ways(), [""; 0], "{name}");
        let switched = explored.ended.keys().filter(|one| one.switches() > 2);
        assert!(switched.count() > 0, "{name}: requests overlap");
    }
}

/// A request that waits in the program is no choice until the other one has let it go.
#[test]
fn a_lock_of_the_programs_own_is_seen_and_so_is_a_small_pool() {
    let pool_of_one = Program {
        connections: 1,
        ..program(in_a_transaction)
    };
    for (name, program) in [("lock", program(locked)), ("pool", pool_of_one)] {
        let explored = program.explore().expect(name);
        assert!(explored.covered.exhausted, "{name}");
        assert_eq!(explored.ways(), [""; 0], "{name}");
        // The second one comes after any of the five steps of the first one, and moves when
        // that one is over. And likewise the other way.
        assert_eq!(explored.covered.schedules, 2 * 5, "{name}");
        assert_eq!(explored.chosen, 0, "{name}: the one that lets go is over");
    }
}

/// Where both want the lock again, the program says which one gets it, and no schedule has it
/// the other way round.
#[test]
fn where_a_lock_of_the_programs_own_is_taken_again_an_order_is_left() {
    let explored = program(locked_twice).explore().expect("it can be followed");
    assert!(explored.covered.exhausted);
    assert_eq!(explored.ways(), [""; 0]);
    let all = explored.ended.len();
    // One after the other there is no choice.
    assert!(
        (1..all - 1).contains(&explored.chosen),
        "{}",
        explored.chosen
    );
}

#[test]
fn of_a_deadlock_the_request_that_closes_it_is_the_victim() {
    let explored = program(crossing).explore().expect("it can be followed");
    assert!(explored.covered.exhausted);
    assert_eq!(explored.ways(), ["40P01"]);
    // Each has taken its first row, and then the first one waits and the second one falls.
    let trace = program(crossing)
        .follow("ABAABBABBA")
        .or_else(|_| program(crossing).follow("ABABABABBA"));
    let trace = trace.expect("it can be followed");
    let failed = trace.steps.iter().flat_map(|step| &step.happenings);
    let failed = failed.filter(|one| matches!(one, Happening::Reply { reply: Err(_), .. }));
    let failed: Vec<char> = failed.map(Happening::buyer).collect();
    assert_eq!(failed, ['B']);
}
