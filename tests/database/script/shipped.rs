//! The shipped scripts on the shop's own tables: they leave what the built-in strategies
//! leave.

use std::sync::Arc;

use checkout_sim::database::Schema;
use checkout_sim::flow::InProcess;
use checkout_sim::shop::{Cart, CheckoutKey, Isolation, Line, Sku, Supply};
use checkout_sim::subject::script::{Datum, Next, Run, Script, ScriptEnd, Start};
use checkout_sim::subject::{self, Attempt, Client as _, Memory, Strategy};
use checkout_sim::value::State;

use super::wire::Client;
use crate::answers::{bound, of_the_guide, shipped};
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
        operation: 0,
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
    let connection = schema.connector().connect(strategy.at(level)).await;
    let connection = connection.expect("a session");
    let mut client = InProcess::new(strategy.at(level), connection);
    let mut served = Vec::new();
    for buyer in 0..2 {
        match client
            .attempt(&cart(buyer, lines), 0, &mut Memory::default())
            .await
        {
            Attempt::Sold => served.push(true),
            Attempt::SoldOut => served.push(false),
            other => panic!("{strategy}: {other:?}"),
        }
    }
    (served, schema.state().await.expect("the tables"))
}

async fn by_script(schema: &mut Schema, strategy: Strategy, lines: u32) -> Left {
    lay_out(schema, strategy).await;
    let served = serve(schema, &shipped(strategy.name()), lines);
    (served, schema.state().await.expect("the tables"))
}

/// Whether each of two buyers was served.
fn serve(schema: &Schema, script: &Arc<Script>, lines: u32) -> Vec<bool> {
    let mut client = Client::of("postgres");
    client.table(&format!("SET search_path TO {}", schema.name()));
    let attempt = |buyer| {
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
        let is_served = loop {
            match run.advance() {
                Next::Send { sql, binds, .. } => run.answer(client.send(&sql, &binds)),
                // The pause of a scenario that has none.
                Next::Sleep(0) => {}
                Next::Ended(ScriptEnd::Done) => break true,
                Next::Ended(ScriptEnd::Refused) => break false,
                other => panic!("{}: {other:?}", script.file()),
            }
        };
        assert!(!run.is_open(), "{}", script.file());
        is_served
    };
    (0..2).map(attempt).collect()
}

#[tokio::test]
async fn scripts_of_the_guide_leave_what_the_built_in_strategies_leave() {
    let mut schema = common::schema().await;
    let alike = [Strategy::CheckThenUpdate, Strategy::Optimistic];
    for (script, strategy) in of_the_guide().iter().zip(alike) {
        let expected = by_built_in(&mut schema, strategy, 1).await;
        lay_out(&mut schema, strategy).await;
        let served = serve(&schema, script, 1);
        let found = (served, schema.state().await.expect("the tables"));
        assert_eq!(found, expected, "like {strategy}");
    }
    schema.close().await;
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
