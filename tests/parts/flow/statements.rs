//! The statements of each strategy, in order: the catalogue's SQL core, pinned.

use checkout_sim::database::Engine;
use checkout_sim::report::listing;
use checkout_sim::shop::{Cart, Isolation};
use checkout_sim::statement::Statement;
use checkout_sim::subject::{Strategy, branches, rehearse};

use super::script::{cart, word};

/// A successful attempt at one unit of product 1 and two of product 2, as the
/// catalogue has it; numbers are left out, for a rehearsal finds enough of everything.
const fn core(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Naive | Strategy::CheckThenUpdate => {
            "begin, read 1, think, write 1, read 2, think, write 2, order, commit"
        }
        Strategy::BlindDecrement => "begin, think, decrement 1, decrement 2, order, commit",
        Strategy::CheckThenDecrement | Strategy::CheckConstraint => {
            "begin, read 1, think, decrement 1, read 2, think, decrement 2, order, commit"
        }
        Strategy::VersionIgnored | Strategy::Optimistic => {
            "begin, read 1, think, swap 1, read 2, think, swap 2, order, commit"
        }
        Strategy::CheckOutside => {
            "begin, read 1, read 2, commit, think, begin, write 1, write 2, order, commit"
        }
        Strategy::Autocommit => "think, take 1, take 2, order",
        Strategy::RowLock => "begin, lock 1, think, write 1, lock 2, think, write 2, order, commit",
        Strategy::Atomic => "begin, think, take 1, take 2, order, commit",
    }
}

fn rehearsed(strategy: Strategy, isolation: Isolation) -> Vec<String> {
    let mut words = Vec::new();
    rehearse(strategy.subject(), isolation, &cart(), |statement| {
        let word = word(&statement);
        let number_at = word.find(['=', '-']).unwrap_or(word.len());
        words.push(word[..number_at].to_owned());
        if let Statement::Begin(level) = statement {
            assert_eq!(level, isolation, "{strategy} asks for its own level");
        }
    });
    words
}

#[test]
fn every_strategy_sends_what_the_catalogue_says() {
    for strategy in Strategy::ALL {
        for isolation in Isolation::ALL {
            let words = rehearsed(strategy, isolation).join(", ");
            assert_eq!(words, core(strategy), "{strategy} at {isolation}");
        }
    }
}

/// What each strategy does where the stock is too little, where no row is changed and
/// where a constraint refuses: the lesson of the catalogue, for many send the same SQL.
const fn decisions(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Naive => "TooLittle: GoesOn",
        Strategy::BlindDecrement => "",
        Strategy::CheckThenUpdate
        | Strategy::CheckThenDecrement
        | Strategy::CheckOutside
        | Strategy::RowLock => "TooLittle: SoldOut",
        Strategy::VersionIgnored => "TooLittle: SoldOut, NoRow: GoesOn",
        Strategy::Optimistic => "TooLittle: SoldOut, NoRow: TriesAgain(StaleVersion)",
        Strategy::CheckConstraint => "TooLittle: SoldOut, Refused: SoldOut",
        Strategy::Autocommit | Strategy::Atomic => "NoRow: SoldOut",
    }
}

#[test]
fn every_strategy_decides_as_the_catalogue_says() {
    for strategy in Strategy::ALL {
        let steps = branches(strategy.subject(), Isolation::ReadCommitted, &one_line());
        let decided = steps.iter().flat_map(|step| &step.branches);
        let decided: Vec<String> = decided
            .map(|(on, then)| format!("{on:?}: {then:?}"))
            .collect();
        assert_eq!(decided.join(", "), decisions(strategy), "{strategy}");
    }
}

/// No two strategies look the same to a reader.
#[test]
fn every_listing_differs_from_every_other() {
    let listing = |strategy: &Strategy| {
        let profile = strategy.profile();
        (profile.stock_check, listing(strategy.subject()))
    };
    let listings: Vec<_> = Strategy::ALL.iter().map(listing).collect();
    for (at, one) in listings.iter().enumerate() {
        assert!(!listings[..at].contains(one), "{}", Strategy::ALL[at]);
    }
}

fn one_line() -> Cart {
    Cart {
        lines: cart().lines[..1].into(),
        ..cart()
    }
}

/// The SQL itself, where a word more or less is another strategy: a guard, a
/// version, a lock, a level.
#[test]
fn the_sql_has_the_guards_that_the_strategies_rely_on() {
    let sku = checkout_sim::shop::Sku(1);
    let sql = |statement: Statement| Engine::Postgres.text(&statement).expect("it has SQL");
    let guard = "stock >= $2";
    assert!(sql(Statement::TakeStock { sku, units: 1 }).contains(guard));
    assert!(!sql(Statement::DecrementStock { sku, units: 1 }).contains("stock >="));
    assert!(sql(Statement::LockStock(sku)).ends_with("FOR UPDATE"));
    assert!(!sql(Statement::ReadStock(sku)).contains("FOR"));
    let swap = sql(Statement::SwapStock {
        sku,
        stock: 1,
        if_version: 0,
    });
    assert!(swap.contains("version = version + 1") && swap.ends_with("AND version = $3"));
    assert!(!sql(Statement::WriteStock { sku, stock: 1 }).contains("version"));
    for isolation in Isolation::ALL {
        let level = isolation.name().replace('-', " ").to_uppercase();
        assert!(sql(Statement::Begin(isolation)).ends_with(&format!("ISOLATION LEVEL {level}")));
    }
    assert_eq!(Engine::Postgres.text(&Statement::Think), None);
}
