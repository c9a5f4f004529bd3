//! `sim` and isolationtester on one private PostgreSQL.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context as _, Result};
use checkout_sim::database::cluster::{Binaries, Cluster, ClusterSettings};
use checkout_sim::database::{Schema, Server};
use checkout_sim::explore::search::Arenas;
use checkout_sim::explore::walk::{Branch, walk};
use checkout_sim::explore::worlds::engine::EngineWorld;
use checkout_sim::explore::worlds::gate::Gate;
use checkout_sim::subject::Strategy;
use tokio::runtime::{self, Runtime};

use crate::rate::Spread;
use crate::spec::{Frame, Tester};
use crate::work::{RULES, Work, work};

const ROUNDS: usize = 5;
/// What a contender's turn is to take about.
const TURN_S: f64 = 2.0;
const STRATEGIES: [Strategy; 2] = [Strategy::CheckThenUpdate, Strategy::RowLock];

type PostgresArenas = Arenas<Gate<EngineWorld>>;

pub fn measure(threads: usize, program: &Path) -> Result<()> {
    let binaries = Binaries::find()?.context("PostgreSQL is not installed")?;
    let settings = ClusterSettings {
        max_connections: 100,
        ..ClusterSettings::default()
    };
    let cluster = Cluster::start(&binaries, &settings)?;
    let server = Server::private(cluster.socket_dir(), cluster.port(), cluster.superuser());
    println!("\non PostgreSQL {}: two buyers", binaries.version());
    let (mut waiting, mut free) = (Vec::new(), Vec::new());
    for strategy in STRATEGIES {
        let (some, rest) = work(strategy)?;
        waiting.push(some);
        free.push(rest);
    }
    let mut bench = Bench::open(&server, &cluster, program, threads)?;
    bench.compare("a session waits", &waiting)?;
    bench.compare("no session waits", &free)
}

/// Everything that is opened before the first round.
struct Bench<'b> {
    /// By the number of threads, for each of [`STRATEGIES`].
    sims: Vec<(usize, Vec<PostgresArenas>)>,
    tester: Tester<'b>,
    _directory: tempfile::TempDir,
    /// The tables that isolationtester puts back.
    schema: Schema,
    runtime: Runtime,
}

impl<'b> Bench<'b> {
    fn open(
        server: &Server,
        cluster: &'b Cluster,
        program: &'b Path,
        threads: usize,
    ) -> Result<Self> {
        let mut counts = vec![1, threads];
        counts.dedup();
        let mut sims = Vec::new();
        for count in counts {
            let open = |strategy: Strategy| -> Result<PostgresArenas> {
                let case = crate::work::last_unit(2, 1, strategy);
                Ok(Arenas::open(count, |number| {
                    let name = format!("bench_{count}_{number}_{}", strategy as u8);
                    let (server, case) = (server.clone(), case.clone());
                    async move {
                        let world = EngineWorld::open(server, name, case.clone()).await?;
                        Ok(Gate::new(world, case))
                    }
                })?)
            };
            let opened: Result<Vec<_>> = STRATEGIES.into_iter().map(open).collect();
            sims.push((count, opened?));
        }
        let directory = tempfile::tempdir()?;
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let name = "bench_tester".to_owned();
        let schema = runtime.block_on(async {
            let mut schema = Schema::create(server.clone(), name.clone()).await?;
            let case = crate::work::last_unit(2, 1, STRATEGIES[0]);
            schema.lay_out(case.supply(), false).await?;
            schema.prepare_for_stepping().await?;
            anyhow::Ok(schema)
        })?;
        let tester = Tester {
            program,
            cluster,
            schema: name,
            directory: directory.path().to_owned(),
        };
        Ok(Self {
            sims,
            tester,
            _directory: directory,
            schema,
            runtime,
        })
    }

    /// The programs that are compared, in the sequence of their turns.
    fn contenders(&self) -> Vec<Contender> {
        let sims = (0..self.sims.len()).map(Contender::Sim);
        let testers = [Frame::PutBack, Frame::Exported].map(Contender::Tester);
        sims.chain(testers).collect()
    }

    fn compare(&mut self, title: &str, works: &[Work]) -> Result<()> {
        let schedules: usize = works.iter().map(|work| work.traces.len()).sum();
        println!("\n{title}: {schedules} schedules, {ROUNDS} rounds");
        let contenders = self.contenders();
        let mut times = Vec::new();
        for contender in &contenders {
            let rate = self.turn(*contender, works, 1)?;
            times.push((TURN_S * rate / schedules as f64).ceil() as usize);
        }
        let mut rates = vec![Vec::new(); contenders.len()];
        for _ in 0..ROUNDS {
            for (at, contender) in contenders.iter().enumerate() {
                rates[at].push(self.turn(*contender, works, times[at])?);
            }
        }
        for (at, contender) in contenders.iter().enumerate() {
            let name = self.name(*contender);
            let rate = Spread::of(rates[at].clone());
            println!("  {name:<44} {rate} schedules/s");
        }
        if let [(one, _), (all, _)] = self.sims.as_slice() {
            let ratio = ratio(&rates[1], &rates[0]);
            println!("  {} / {}: {ratio}", on(*all), on(*one));
        }
        for (sim, (threads, _)) in self.sims.iter().enumerate() {
            for (at, contender) in contenders.iter().enumerate().skip(self.sims.len()) {
                let ratio = ratio(&rates[sim], &rates[at]);
                let name = self.name(*contender);
                println!("  {} / {name}: {ratio}", on(*threads));
            }
        }
        Ok(())
    }

    fn name(&self, contender: Contender) -> String {
        match contender {
            Contender::Sim(at) => on(self.sims[at].0),
            Contender::Tester(Frame::PutBack) => "isolationtester, tables put back".into(),
            Contender::Tester(Frame::Exported) => "isolationtester, exported files".into(),
        }
    }

    /// Schedules a second.
    fn turn(&mut self, contender: Contender, works: &[Work], times: usize) -> Result<f64> {
        self.runtime.block_on(self.schema.vacuum())?;
        let (mut schedules, mut elapsed_s) = (0, 0.0);
        for (at, work) in works.iter().enumerate() {
            schedules += work.traces.len() * times;
            elapsed_s += match contender {
                Contender::Sim(sim) => step(&mut self.sims[sim].1[at], work, times)?,
                Contender::Tester(frame) => self.tester.run(work, frame, times)?,
            };
        }
        Ok(schedules as f64 / elapsed_s)
    }
}

#[derive(Debug, Clone, Copy)]
enum Contender {
    /// By its place among [`Bench::sims`].
    Sim(usize),
    Tester(Frame),
}

/// Round by round: neighbours in time.
fn ratio(rates: &[f64], others: &[f64]) -> Spread {
    let pairs = rates.iter().zip(others);
    Spread::of(pairs.map(|(rate, other)| rate / other).collect())
}

fn on(threads: usize) -> String {
    format!(
        "sim on {threads} thread{}",
        if threads == 1 { "" } else { "s" }
    )
}

/// Seconds for every schedule of `work`, so many times.
fn step(arenas: &mut PostgresArenas, work: &Work, times: usize) -> Result<f64> {
    let (next, all) = (AtomicUsize::new(0), work.traces.len() * times);
    let began = Instant::now();
    arenas.each(async |arena| {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= all {
                return Ok(());
            }
            let schedule = &work.traces[number % work.traces.len()].schedule;
            let job = Branch {
                prefix: schedule.0.clone(),
                ..Branch::default()
            };
            let walked = walk(arena, &job, RULES, &mut Vec::new()).await?;
            let walked = walked.ended.expect("no session sleeps");
            assert_eq!(walked.schedule, *schedule);
        }
    })?;
    Ok(began.elapsed().as_secs_f64())
}
