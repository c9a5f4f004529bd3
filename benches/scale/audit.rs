//! The audit of a million order lines: to read them in one snapshot, and to
//! hold them against the plan.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use checkout_sim::database::cluster::{Binaries, Cluster, ClusterSettings};
use checkout_sim::database::{Schema, Server};
use checkout_sim::oracle::{Plan, audit};
use checkout_sim::scenario::{self, Load, Shop};
use checkout_sim::shop::{Cart, ORDER_LINES, Outcome};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Executor as _};
use tokio::runtime;

use crate::ROUNDS;
use crate::rate::Spread;

/// Each with one line.
const ORDERS: u32 = 1_000_000;
const SCHEMA: &str = "scale";

pub fn measure() -> Result<()> {
    let binaries = Binaries::find()?.context("PostgreSQL is not installed")?;
    let cluster = Cluster::start(&binaries, &ClusterSettings::default())?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(on(&cluster))?;
    Ok(cluster.stop()?)
}

async fn on(cluster: &Cluster) -> Result<()> {
    let server = Server::private(cluster.socket_dir(), cluster.port(), cluster.superuser());
    let mut schema = Schema::create(server, SCHEMA.into()).await?;
    let shop = Shop {
        products: Some(10_000),
        stock: Some(1_000),
        ..Shop::default()
    };
    let load = Load {
        buyers: Some(ORDERS),
        seed: Some(7),
        ..Load::default()
    };
    let settings = scenario::Settings {
        shop,
        load,
        ..scenario::Settings::default()
    };
    let scenario = settings.scenario()?;
    let (supply, carts) = (scenario.supply(), scenario.carts(1));
    schema.lay_out(&supply, false).await?;
    sell(cluster, &carts).await?;
    let told = vec![Outcome::Sold; carts.len()];
    let (mut read, mut held, mut both) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let state = schema.state().await?;
        let read_s = began.elapsed().as_secs_f64();
        let plan = Plan {
            supply: &supply,
            carts: &carts,
            told: &told,
        };
        let findings = audit(&state, plan).findings;
        let both_s = began.elapsed().as_secs_f64();
        ensure!(
            state.rows(ORDER_LINES).count() == carts.len(),
            "lines are missing"
        );
        ensure!(findings.is_clean(), "{findings:?}");
        read.push(read_s);
        held.push(both_s - read_s);
        both.push(both_s);
    }
    println!("\n| audit of {ORDERS} orders of one line | s |\n|---|--:|");
    println!("| to read the ledger | {} |", Spread::of(read));
    println!("| to hold it against the plan | {} |", Spread::of(held));
    println!("| both | {} |", Spread::of(both));
    schema.close().await;
    Ok(())
}

/// Puts every cart's order into the tables, by the server itself.
async fn sell(cluster: &Cluster, carts: &[Cart]) -> Result<()> {
    let mut connection: PgConnection = PgConnectOptions::new_without_pgpass()
        .socket(cluster.socket_dir())
        .port(cluster.port())
        .username(cluster.superuser())
        .database("postgres")
        .options([("search_path", SCHEMA)])
        .connect()
        .await?;
    let keys: Vec<i64> = carts.iter().map(|cart| cart.key.0).collect();
    let line = |cart: &Cart| cart.lines[0];
    let skus = carts.iter().map(|cart| line(cart).sku.0.cast_signed());
    let units = carts.iter().map(|cart| line(cart).units.cast_signed());
    let insert = "WITH sold AS (SELECT * FROM unnest($1::bigint[], $2::integer[], $3::integer[]) \
                  WITH ORDINALITY AS s (key, sku, units, no)), placed AS (\
                  INSERT INTO orders (checkout_key, buyer) SELECT key, no FROM sold \
                  RETURNING id, checkout_key) \
                  INSERT INTO order_lines (order_id, line_no, product_id, units) \
                  SELECT placed.id, 1, sku, units FROM placed JOIN sold ON key = checkout_key";
    sqlx::query(insert)
        .bind(keys)
        .bind(skus.collect::<Vec<i32>>())
        .bind(units.collect::<Vec<i32>>())
        .execute(&mut connection)
        .await?;
    connection.execute("ANALYZE").await?;
    Ok(())
}
