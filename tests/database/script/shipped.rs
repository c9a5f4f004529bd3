//! The shipped scripts on the shop's own tables: they leave what the built-in strategies
//! leave.

use checkout_sim::database::Schema;
use checkout_sim::flow::InProcess;
use checkout_sim::shop::{Cart, CheckoutKey, Isolation, Line, Sku, Supply};
use checkout_sim::subject::script::{Datum, Next, Run, ScriptEnd, Start};
use checkout_sim::subject::{self, Attempt, Client as _, Strategy};
use checkout_sim::value::State;

use super::wire::Client;
use crate::answers::{bound, shipped};
use crate::common;

/// Two units of each product: the first buyer takes them all, the second one comes too
/// late for the last line.
const UNITS: u32 = 2;

fn cart(buyer: u32, lines: u32) -> Cart {
    let line = |n| Line {
        sku: Sku(n),
        units: match buyer == 0 && n < lines {
            true => 1,
            false => UNITS,
        },
    };
    // Against the order of the primary key: lines are not sorted by the scripts.
    let lines = (1..=lines).rev().map(line).collect();
    Cart {
        buyer,
        key: CheckoutKey(i64::from(buyer) + 7),
        lines,
    }
}

async fn lay_out(schema: &mut Schema, strategy: Strategy) {
    let supply = [1, 2, 3].map(|n| Supply {
        sku: Sku(n),
        units: UNITS.into(),
    });
    let stock_check = subject::has_stock_check(strategy.subject());
    schema.lay_out(&supply, stock_check).await.expect("tables");
}

/// Whether each of two buyers, one after the other, was served, and what is left.
type Left = (Vec<bool>, State);

async fn by_built_in(schema: &mut Schema, strategy: Strategy, lines: u32) -> Left {
    lay_out(schema, strategy).await;
    let level = Isolation::ReadCommitted;
    let connection = schema.connector().connect(level).await.expect("a session");
    let mut client = InProcess::new(strategy.at(level), connection);
    let mut served = Vec::new();
    for buyer in 0..2 {
        match client.attempt(&cart(buyer, lines), 0).await {
            Attempt::Sold => served.push(true),
            Attempt::SoldOut => served.push(false),
            other => panic!("{strategy}: {other:?}"),
        }
    }
    (served, schema.state().await.expect("the tables"))
}

async fn by_script(schema: &mut Schema, strategy: Strategy, lines: u32) -> Left {
    lay_out(schema, strategy).await;
    let mut client = Client::of("postgres");
    client.table(&format!("SET search_path TO {}", schema.name()));
    let script = shipped(strategy.name());
    let mut served = Vec::new();
    for buyer in 0..2 {
        let bound = bound(&cart(buyer, lines));
        let values = bound
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()));
        let values: Vec<(&str, Datum)> = values.collect();
        let start = Start {
            bound: &values,
            ..Start::default()
        };
        let mut run = Run::begin(script.clone(), start);
        served.push(loop {
            match run.advance() {
                Next::Send { sql, binds, .. } => run.answer(client.send(&sql, &binds)),
                Next::Ended(ScriptEnd::Done) => break true,
                Next::Ended(ScriptEnd::Refused) => break false,
                other => panic!("{strategy}: {other:?}"),
            }
        });
        assert!(!run.is_open(), "{strategy}");
    }
    (served, schema.state().await.expect("the tables"))
}

#[tokio::test]
async fn shipped_scripts_leave_what_the_built_in_strategies_leave() {
    let mut schema = common::schema().await;
    for strategy in Strategy::ALL {
        for lines in 1..=3 {
            let expected = by_built_in(&mut schema, strategy, lines).await;
            let found = by_script(&mut schema, strategy, lines).await;
            assert_eq!(found, expected, "{strategy}, {lines}");
            let refuses = !matches!(strategy, Strategy::Naive | Strategy::BlindDecrement);
            assert_eq!(expected.0, [true, !refuses], "{strategy}, {lines}");
        }
    }
    schema.close().await;
}
