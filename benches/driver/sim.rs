//! A turn of `sim`: the driver as `sim run` calls it.

use std::sync::Arc;

use anyhow::{Result, ensure};
use checkout_sim::database::{Schema, Server};
use checkout_sim::flow::Terms;
use checkout_sim::load::{self, Progress, RunResult, Stop};
use checkout_sim::scenario::{Arrival, Load, Scenario, Settings, Shop};
use checkout_sim::shop::{Isolation, Outcome, Retry};
use tokio::runtime::{self, Runtime};

use crate::open::{CELL, Opened, TURN_S};
use crate::{Cell, Turn};

/// The schema that all contenders use.
pub const SCHEMA: &str = "bench";

pub struct Sim {
    runtime: Runtime,
    schema: Schema,
}

impl Sim {
    pub fn open(server: Server) -> Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let schema = runtime.block_on(Schema::create(server, SCHEMA.into()))?;
        Ok(Self { runtime, schema })
    }

    /// The tables as [`Sim::turn`] finds them.
    pub fn lay_out(&mut self, cell: Cell) -> Result<()> {
        let supply = scenario(cell)?.supply();
        self.runtime.block_on(self.schema.lay_out(&supply, false))?;
        Ok(())
    }

    pub fn turn(&mut self, cell: Cell) -> Result<Turn> {
        let run = self.run(cell, &scenario(cell)?)?;
        let done = run.effort.attempts as f64;
        Ok(Turn {
            per_s: done * 1e6 / run.elapsed_us as f64,
            cpu_us: run.client_cpu_us as f64 / done,
        })
    }

    /// So many arrivals a second, at random times.
    pub fn open_turn(&mut self, rate: u32) -> Result<Opened> {
        let scenario = Scenario {
            buyers: rate * TURN_S,
            arrival: Arrival::Poisson {
                per_second: rate.into(),
            },
            ..scenario(CELL)?
        };
        let run = self.run(CELL, &scenario)?;
        let latency = &run.timing.latency[&Outcome::Sold];
        let lag = &run.timing.schedule_lag;
        Ok(Opened {
            p50: latency.percentile_us(50.0) as f64,
            p99: latency.percentile_us(99.0) as f64,
            lag_p50: lag.percentile_us(50.0) as f64,
            lag_p99: lag.percentile_us(99.0) as f64,
            cores: Some(run.client_cpu_us as f64 / run.elapsed_us as f64),
        })
    }

    fn run(&mut self, cell: Cell, scenario: &Scenario) -> Result<RunResult> {
        let terms = Terms {
            cell: cell.strategy.at(Isolation::ReadCommitted),
            max_tries: 1,
            retry: Retry::default(),
        };
        let (stop, progress) = (Stop::default(), Arc::new(Progress::default()));
        let run = load::run(&mut self.schema, scenario, terms, 1, &stop, &progress);
        let run = self.runtime.block_on(run)?;
        ensure!(!run.faults.any(), "{:?}", run.faults);
        Ok(run)
    }
}

fn scenario(cell: Cell) -> Result<Scenario> {
    let shop = Shop {
        products: Some(cell.products),
        // Enough for every cart.
        stock: Some(1_000_000),
        ..Shop::default()
    };
    let load = Load {
        buyers: Some(cell.transactions()),
        connections: Some(cell.connections),
        max_tries: Some(1),
        seed: Some(7),
        ..Load::default()
    };
    let settings = Settings {
        shop,
        load,
        ..Settings::default()
    };
    Ok(settings.scenario()?)
}
