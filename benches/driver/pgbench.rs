//! A turn of pgbench: the same statements as a script.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use checkout_sim::database::cluster::Cluster;
use checkout_sim::subject::Strategy;

use crate::cpu::cpu_of_children;
use crate::open::{self, CELL, Opened, TURN_S};
use crate::sim::SCHEMA;
use crate::{COLD, Cell, Turn};

const BEGIN: &str = "\
\\set id random(1, :products)
\\set key random(1, 9223372036854775807)
BEGIN ISOLATION LEVEL READ COMMITTED;
";
const READ: &str = "SELECT stock, version FROM products WHERE id = :id";
const ORDER_AND_COMMIT: &str = "\
WITH placed AS (INSERT INTO orders (checkout_key, buyer) VALUES (:key, :client_id) RETURNING id) \
INSERT INTO order_lines (order_id, line_no, product_id, units) \
SELECT placed.id, line.no, line.product_id, line.units \
FROM placed, unnest(ARRAY[:id]::integer[], ARRAY[1]::integer[]) \
WITH ORDINALITY AS line (product_id, units, no);
COMMIT;
";

pub struct Pgbench {
    program: PathBuf,
    socket_dir: PathBuf,
    port: u16,
    user: &'static str,
    directory: tempfile::TempDir,
}

impl Pgbench {
    pub fn find(cluster: &Cluster) -> Result<Self> {
        let program = PathBuf::from("pgbench");
        let found = Command::new(&program).arg("--version").output();
        found.context("pgbench is not installed: it comes with PostgreSQL's server programs")?;
        Ok(Self {
            program,
            socket_dir: cluster.socket_dir().to_owned(),
            port: cluster.port(),
            user: cluster.superuser(),
            directory: tempfile::tempdir()?,
        })
    }

    pub fn turn(&self, cell: Cell) -> Result<Turn> {
        let (connections, transactions) = (cell.connections, cell.transactions());
        let script = self.directory.path().join("script.sql");
        std::fs::write(&script, script_of(cell.strategy)?)?;
        let each = transactions / connections;
        // What it takes to start, to connect and to plan, which `sim` has behind
        // it when its clock starts.
        let before = cpu_of_children()?;
        let first_s = self.run(&script, cell, COLD)?;
        let start = cpu_of_children()?;
        let all_s = self.run(&script, cell, each)?;
        let end = cpu_of_children()?;
        let cpu = (end - start).saturating_sub(start - before);
        let done = f64::from((each - COLD) * connections);
        Ok(Turn {
            per_s: done / (all_s - first_s),
            cpu_us: cpu.as_secs_f64() * 1e6 / done,
        })
    }

    /// So many arrivals a second, at random times.
    pub fn open_turn(&self, rate: u32) -> Result<Opened> {
        const LOG: &str = "log";
        let script = self.directory.path().join("script.sql");
        std::fs::write(&script, script_of(CELL.strategy)?)?;
        let each = rate * TURN_S / CELL.connections;
        let log = self.directory.path().join(LOG);
        let more = ["-R", &rate.to_string(), "-l", "--log-prefix"].map(str::to_owned);
        let more = more.into_iter().chain([log.display().to_string()]);
        let more: Vec<String> = more.collect();
        self.call(&script, CELL, each, &more)?;
        open::read_log(self.directory.path(), LOG)
    }

    /// How long so many transactions of each connection took, in seconds,
    /// without the time to connect.
    fn run(&self, script: &Path, cell: Cell, each: u32) -> Result<f64> {
        let said = self.call(script, cell, each, &[])?;
        let per_s: Option<f64> = said
            .lines()
            .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        Ok(f64::from(each * cell.connections) / per_s.context("pgbench says no rate")?)
    }

    fn call(&self, script: &Path, cell: Cell, each: u32, more: &[String]) -> Result<String> {
        let Cell {
            connections,
            products,
            ..
        } = cell;
        let threads = std::thread::available_parallelism()?.get() as u32;
        let said = Command::new(&self.program)
            .args(["-n", "-M", "prepared"])
            .args(["-c", &connections.to_string()])
            .args(["-j", &connections.min(threads).to_string()])
            .args(["-t", &each.to_string()])
            .args(more)
            .args(["-D", &format!("products={products}")])
            .arg("-f")
            .arg(script)
            .arg("-h")
            .arg(&self.socket_dir)
            .args(["-p", &self.port.to_string(), "-U", self.user, "postgres"])
            .env("PGOPTIONS", format!("-c search_path={SCHEMA}"))
            .stderr(Stdio::piped())
            .output()?;
        if !said.status.success() {
            bail!("pgbench: {}", String::from_utf8_lossy(&said.stderr));
        }
        let said = String::from_utf8_lossy(&said.stdout);
        ensure!(
            said.contains("number of failed transactions: 0"),
            "pgbench failed: {said}"
        );
        Ok(said.into_owned())
    }
}

/// What `src/database/postgres/sql.rs` sends, statement by statement.
fn script_of(strategy: Strategy) -> Result<String> {
    let change = match strategy {
        Strategy::Optimistic => format!(
            "{READ} \\gset\n\\set left :stock - 1\nUPDATE products SET stock = :left, version = \
             version + 1 WHERE id = :id AND version = :version;\n"
        ),
        Strategy::RowLock => format!(
            "{READ} FOR UPDATE \\gset\n\\set left :stock - 1\nUPDATE products SET stock = :left \
             WHERE id = :id;\n"
        ),
        Strategy::Atomic => {
            "UPDATE products SET stock = stock - 1 WHERE id = :id AND stock >= 1;\n".into()
        }
        other => bail!("there is no script of {other}"),
    };
    Ok(format!("{BEGIN}{change}{ORDER_AND_COMMIT}"))
}
