//! How soon the first buyer shops.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use checkout_sim::database::cluster::{Binaries, Cluster, ClusterSettings};
use checkout_sim::database::{Schema, Server};
use checkout_sim::flow::Terms;
use checkout_sim::load::{self, Progress, Stop};
use checkout_sim::scenario::{self, Load, Scenario};
use checkout_sim::shop::{Isolation, Retry};
use checkout_sim::subject::Strategy;
use tokio::runtime;

use crate::ROUNDS;
use crate::program::run_sim;
use crate::rate::Spread;

/// A whole command begins, makes a cluster, sells and cleans up. A run more in
/// the same command takes no new cluster.
pub fn measure() -> Result<()> {
    let one_buyer = |runs: &str| run_sim(&["--buyers", "1", "--connections", "1", "--runs", runs]);
    let (mut first, mut whole, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        first.push(until_first_buyer()?);
        let (one, many) = (one_buyer("1")?, one_buyer("21")?);
        whole.push(one.wall_s);
        again.push((many.wall_s - one.wall_s) / 20.0);
    }
    println!("\n| one buyer | s |\n|---|--:|");
    println!(
        "| to the first answer and its audit, by a new cluster | {} |",
        Spread::of(first)
    );
    println!("| the whole command | {} |", Spread::of(whole));
    println!("| each further run in it | {} |", Spread::of(again));
    Ok(())
}

/// What the command does until then, in this process: finds the server's
/// programs, makes a cluster, lays out the tables, connects, sells. The audit of
/// that one sale is in it.
fn until_first_buyer() -> Result<f64> {
    let began = Instant::now();
    let binaries = Binaries::find()?.context("PostgreSQL is not installed")?;
    let cluster = Cluster::start(&binaries, &ClusterSettings::default())?;
    let server = Server::private(cluster.socket_dir(), cluster.port(), cluster.superuser());
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let one = scenario::Settings {
        load: Load {
            buyers: Some(1),
            connections: Some(1),
            ..Load::default()
        },
        ..scenario::Settings::default()
    };
    let took_s = runtime.block_on(async {
        let mut schema = Schema::create(server, "start".into()).await?;
        sell(&mut schema, &one.scenario()?).await?;
        let took_s = began.elapsed().as_secs_f64();
        schema.close().await;
        anyhow::Ok(took_s)
    })?;
    cluster.stop()?;
    Ok(took_s)
}

async fn sell(schema: &mut Schema, scenario: &Scenario) -> Result<()> {
    let terms = Terms {
        cell: Strategy::Atomic.at(Isolation::ReadCommitted),
        max_tries: 1,
        retry: Retry::default(),
    };
    let (stop, progress) = (Stop::default(), Arc::new(Progress::default()));
    let run = load::run(schema, scenario, terms, 1, &stop, &progress).await?;
    ensure!(run.outcomes.sold == 1, "{:?}", run.outcomes);
    Ok(())
}
