//! Many buyers at a service beside two load generators for HTTP, at the same concurrency: the
//! stock check of `sim serve`, by `sim run`, by oha and by wrk, in turns.
//!
//! `cargo bench --bench service`. oha (`cargo install oha`) and wrk (a package of Debian) are
//! found on the path, or by SIM_OHA and SIM_WRK. `sim` records every latency and audits the
//! database at the end, as oha records every latency; wrk keeps a histogram and no failures.

#[path = "serve/callers.rs"]
mod callers;
#[path = "common/rate.rs"]
mod rate;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use checkout_sim::database::cluster::{Binaries, Cluster, ClusterSettings};
use checkout_sim::report::Dossier;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use callers::per_s;
use rate::Spread;

const ROUNDS: usize = 5;
/// How many call at once, and the requests of a turn, which take some seconds.
const CALLERS: [(u32, u32); 2] = [(1, 20_000), (16, 100_000)];
const ARGUMENTS: [&str; 7] = [
    "serve",
    "--strategy",
    "atomic",
    "--connections",
    "16",
    "--schema",
    "shop",
];

/// The same service, which runs already.
const SCENARIO: &str = r#"
title = "Stock checks"
strategies = ["service"]
[load]
buyers = BUYERS
connections = CALLERS
[service]
url = "http://ADDRESS"
database = "DATABASE"
probe = "/product/1/stock"
[[service.steps]]
request = "GET /product/1/stock"
[invariants]
negative = "SELECT id FROM shop.products WHERE stock < 0"
"#;

fn main() -> Result<()> {
    let programs = [("SIM_OHA", "oha"), ("SIM_WRK", "wrk")];
    let [oha, wrk] =
        programs.map(|(variable, name)| std::env::var_os(variable).unwrap_or_else(|| name.into()));
    let directory = tempfile::tempdir()?;
    let binaries = Binaries::find()?.context("no PostgreSQL is installed")?;
    let cluster = Cluster::start(&binaries, &ClusterSettings::default())?;
    let mut shop = Shop::open(&cluster)?;
    for (callers, requests) in CALLERS {
        let mut rates: [Vec<f64>; 3] = Default::default();
        for _ in 0..ROUNDS {
            rates[0].push(by_sim(directory.path(), &shop, (callers, requests))?);
            rates[1].push(by_oha(Command::new(&oha), &shop, (callers, requests))?);
            rates[2].push(by_wrk(Command::new(&wrk), &shop, callers)?);
        }
        let to = |other: usize| {
            let pairs = rates[0].iter().zip(&rates[other]);
            Spread::of(pairs.map(|(sim, other)| sim / other).collect())
        };
        let (to_oha, to_wrk) = (to(1), to(2));
        println!("stock checks a second, {callers} at once: middle (least to greatest)");
        for (name, rate) in ["sim run", "oha", "wrk"].iter().zip(&rates) {
            println!("  {name:<12} {}", Spread::of(rate.clone()));
        }
        println!("  sim / oha    {to_oha}\n  sim / wrk    {to_wrk}");
    }
    shop.close()?;
    cluster.stop()?;
    Ok(())
}

/// A shop over HTTP, with one product.
struct Shop {
    sim: Child,
    address: SocketAddr,
    database: String,
}

impl Shop {
    fn open(cluster: &Cluster) -> Result<Self> {
        let database = format!(
            "postgres://{}@localhost:{}/postgres?host={}",
            cluster.superuser(),
            cluster.port(),
            cluster.socket_dir().display()
        );
        let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"))
            .args(ARGUMENTS)
            .args(["--port", "0", "--database-url", &database])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let said = BufReader::new(sim.stdout.take().context("a pipe")?);
        let mut address = None;
        for line in said.lines() {
            let line = line?;
            let Some((_, rest)) = line.split_once("http://") else {
                continue;
            };
            address = rest.split('/').next().map(str::parse);
            break;
        }
        let address = address.context("sim serve says no address")??;
        let shop = Self {
            sim,
            address,
            database,
        };
        let product = |_| {
            let body = r#"{"name":"lamp","stock":1000}"#.to_owned();
            ("POST", "/product/".to_owned(), body)
        };
        per_s(address, 1, 1, &product, "201")?;
        Ok(shop)
    }

    fn url(&self) -> String {
        format!("http://{}/product/1/stock", self.address)
    }

    fn close(&mut self) -> Result<()> {
        kill(Pid::from_raw(self.sim.id().try_into()?), Signal::SIGTERM)?;
        self.sim.wait()?;
        Ok(())
    }
}

impl Drop for Shop {
    /// Where a turn failed.
    fn drop(&mut self) {
        let _ = self.close();
    }
}

fn by_sim(directory: &Path, shop: &Shop, (callers, requests): (u32, u32)) -> Result<f64> {
    let (file, json) = (directory.join("shop.toml"), directory.join("result.json"));
    let scenario = SCENARIO
        .replace("BUYERS", &requests.to_string())
        .replace("CALLERS", &callers.to_string())
        .replace("ADDRESS", &shop.address.to_string())
        .replace("DATABASE", &shop.database);
    fs::write(&file, scenario)?;
    let status = Command::new(env!("CARGO_BIN_EXE_sim"))
        .args(["run", "--quiet", "--scenario"])
        .arg(&file)
        .arg("--export-json")
        .arg(&json)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    // Nothing is sold, so that nothing is proven.
    ensure!(status.code().is_some_and(|code| code != 1), "sim: {status}");
    let dossier = Dossier::read(&fs::read_to_string(&json)?)?;
    let load = dossier.studies[0].load.as_ref();
    let run = &load.context("a run under load")?.cells[0].runs[0];
    ensure!(!run.faults.any(), "{:?}", run.faults);
    ensure!(
        run.outcomes.sold == u64::from(requests),
        "{:?}",
        run.outcomes
    );
    Ok(f64::from(requests) * 1e6 / run.elapsed_us as f64)
}

fn by_oha(mut oha: Command, shop: &Shop, (callers, requests): (u32, u32)) -> Result<f64> {
    oha.args(["--no-tui", "--output-format", "json"])
        .args(["-n", &requests.to_string(), "-c", &callers.to_string()])
        .arg(shop.url());
    let said = said(oha, "oha")?;
    let said: serde_json::Value = serde_json::from_str(&said)?;
    let summary = &said["summary"];
    ensure!(summary["successRate"] == 1.0, "oha: {summary}");
    summary["requestsPerSec"]
        .as_f64()
        .context("oha says no rate")
}

fn by_wrk(mut wrk: Command, shop: &Shop, callers: u32) -> Result<f64> {
    let threads = callers.min(2).to_string();
    wrk.args(["-t", &threads, "-c", &callers.to_string(), "-d", "3s"])
        .arg(shop.url());
    let said = said(wrk, "wrk")?;
    ensure!(!said.contains("Non-2xx"), "{said}");
    let rate = said
        .lines()
        .find_map(|line| line.strip_prefix("Requests/sec:"));
    Ok(rate.context("wrk says no rate")?.trim().parse()?)
}

fn said(mut program: Command, name: &str) -> Result<String> {
    let output = program.output().with_context(|| name.to_owned())?;
    ensure!(
        output.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}
