//! A turn of a plain loop: the same statements through sqlx alone, as tightly as
//! they can be sent, with nothing recorded. What it costs is not the driver's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use checkout_sim::database::Engine;
use checkout_sim::database::cluster::Cluster;
use checkout_sim::load::lanes;
use checkout_sim::shop::{Cart, CheckoutKey, Isolation, Sku};
use checkout_sim::statement::Statement;
use checkout_sim::subject::Strategy;
use futures_util::TryStreamExt as _;
use futures_util::future::try_join_all;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection};
use sqlx::query::Query;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Postgres, Row as _};
use tokio::runtime::Builder;
use tokio::sync::Barrier;

use crate::cpu::own_cpu;
use crate::sim::SCHEMA;
use crate::{COLD, Cell, Turn};

pub struct Bare {
    options: PgConnectOptions,
}

/// What one turn does.
#[derive(Clone)]
struct Work {
    options: PgConnectOptions,
    cell: Cell,
    begun: Arc<AtomicU32>,
    /// All connections are open; all connections are done.
    gates: [Arc<Barrier>; 2],
}

impl Bare {
    pub fn new(cluster: &Cluster) -> Self {
        Self {
            options: PgConnectOptions::new_without_pgpass()
                .socket(cluster.socket_dir())
                .port(cluster.port())
                .username(cluster.superuser())
                .database("postgres")
                .options([("search_path", SCHEMA)])
                .disable_statement_logging(),
        }
    }

    /// As many threads, each with a runtime, as `sim` has for so many connections.
    pub fn turn(&self, cell: Cell) -> Result<Turn> {
        let (connections, transactions) = (cell.connections, cell.transactions());
        let gate = || Arc::new(Barrier::new(connections as usize + 1));
        let work = Work {
            options: self.options.clone(),
            cell,
            begun: Arc::default(),
            gates: [gate(), gate()],
        };
        let lanes = lanes(connections as usize);
        let all = 0..connections as usize;
        thread::scope(|scope| {
            let of_lane = |lane| {
                let (work, mine) = (work.clone(), all.clone().skip(lane).step_by(lanes));
                scope.spawn(move || lane_of(mine, &work))
            };
            let threads: Vec<_> = (0..lanes).map(of_lane).collect();
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let (took, cpu) = runtime.block_on(watch(&work))?;
            for thread in threads {
                thread.join().map_err(|_| anyhow!("a thread panicked"))??;
            }
            Ok(Turn {
                per_s: f64::from(transactions) / took.as_secs_f64(),
                cpu_us: cpu.as_secs_f64() * 1e6 / f64::from(transactions),
            })
        })
    }
}

/// The time and the processor time between the two gates.
async fn watch(work: &Work) -> Result<(Duration, Duration)> {
    work.gates[0].wait().await;
    let (began, before) = (Instant::now(), own_cpu()?);
    work.gates[1].wait().await;
    Ok((began.elapsed(), own_cpu()?.saturating_sub(before)))
}

fn lane_of(connections: impl Iterator<Item = usize>, work: &Work) -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let tasks = connections.map(|number| {
        let work = work.clone();
        async move { serve(number, work).await }
    });
    runtime.block_on(async {
        let tasks = tasks.map(tokio::spawn).collect::<Vec<_>>();
        for ended in try_join_all(tasks).await? {
            ended?;
        }
        Ok(())
    })
}

/// Every connection comes to both gates, whatever went wrong before.
async fn serve(number: usize, work: Work) -> Result<()> {
    let mut random = SmallRng::seed_from_u64(number as u64);
    let opened = open(&work, &mut random).await;
    work.gates[0].wait().await;
    let served = async {
        let mut connection = opened?;
        while work.begun.fetch_add(1, Ordering::Relaxed) < work.cell.transactions() {
            transaction(&mut connection, &work, &mut random).await?;
        }
        anyhow::Ok(connection)
    };
    let served = served.await;
    work.gates[1].wait().await;
    Ok(served?.close().await?)
}

async fn open(work: &Work, random: &mut SmallRng) -> Result<PgConnection> {
    let mut connection = work.options.connect().await?;
    for _ in 0..COLD {
        transaction(&mut connection, work, random).await?;
    }
    Ok(connection)
}

async fn transaction(
    connection: &mut PgConnection,
    work: &Work,
    random: &mut SmallRng,
) -> Result<()> {
    let sku = Sku(random.random_range(1..=work.cell.products));
    let id = sku.0.cast_signed();
    let begin = Statement::Begin(Isolation::ReadCommitted);
    connection.fetch_optional(text(&begin)?).await?;
    match work.cell.strategy {
        Strategy::Optimistic => {
            let (stock, if_version) = read(connection, &Statement::ReadStock(sku), id).await?;
            let stock = stock - 1;
            let swap = Statement::SwapStock {
                sku,
                stock,
                if_version,
            };
            let swap = sqlx::query(text(&swap)?).bind(id);
            change(connection, swap.bind(stock).bind(if_version)).await?;
        }
        Strategy::RowLock => {
            let (stock, _) = read(connection, &Statement::LockStock(sku), id).await?;
            let stock = stock - 1;
            let write = sqlx::query(text(&Statement::WriteStock { sku, stock })?);
            change(connection, write.bind(id).bind(stock)).await?;
        }
        Strategy::Atomic => {
            let take = sqlx::query(text(&Statement::TakeStock { sku, units: 1 })?);
            change(connection, take.bind(id).bind(1_i64)).await?;
        }
        other => bail!("there is no loop of {other}"),
    }
    let key: i64 = random.random();
    let nothing = Cart {
        buyer: 0,
        key: CheckoutKey(key),
        lines: [].into(),
        operation: 0,
    };
    let place = sqlx::query(text(&Statement::PlaceOrder(nothing))?);
    let place = place.bind(key).bind(1).bind(vec![id]).bind(vec![1]);
    change(connection, place).await?;
    connection.fetch_optional(text(&Statement::Commit)?).await?;
    Ok(())
}

/// The product's own SQL.
fn text(statement: &Statement) -> Result<&'static str> {
    Engine::Postgres
        .text(statement)
        .ok_or_else(|| anyhow!("{statement:?} has no SQL"))
}

async fn read(connection: &mut PgConnection, statement: &Statement, id: i32) -> Result<(i64, i64)> {
    let read = sqlx::query(text(statement)?).bind(id);
    let row = connection.fetch_optional(read).await?;
    let row = row.ok_or_else(|| anyhow!("no product {id}"))?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

async fn change(
    connection: &mut PgConnection,
    query: Query<'_, Postgres, PgArguments>,
) -> Result<()> {
    let mut replies = connection.fetch_many(query);
    while replies.try_next().await?.is_some() {}
    Ok(())
}
