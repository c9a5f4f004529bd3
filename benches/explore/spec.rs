//! One file of many permutations, and isolationtester's time for it.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use checkout_sim::database::Spec;
use checkout_sim::database::cluster::Cluster;
use checkout_sim::shop::Isolation;

use crate::work::Work;

/// Puts everything back as `sim` does, in one query.
const PUT_BACK: &str = "setup { \
    WITH no_lines AS (DELETE FROM order_lines), no_orders AS (DELETE FROM orders) \
    UPDATE products SET stock = 1, version = 0; }\n";
/// Reads what is left as `sim` does, in one query.
const READ: &str = "\nsession audit\nstep left { \
    SELECT 0, id::bigint, stock FROM products UNION ALL SELECT 1, id, checkout_key FROM orders \
    UNION ALL SELECT 2, order_id, product_id FROM order_lines; }\n";
/// As the sessions of `sim` are set.
const SETTINGS: &str = "-c synchronous_commit=off -c enable_seqscan=off -c jit=off";

/// What is run before and after the steps of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// Tables are made and dropped, as in exported files.
    Exported,
    /// Tables are there and are put back.
    PutBack,
}

pub struct Tester<'t> {
    pub program: &'t Path,
    pub cluster: &'t Cluster,
    /// Where the tables are for [`Frame::PutBack`].
    pub schema: String,
    pub directory: PathBuf,
}

impl Tester<'_> {
    /// Seconds for every schedule of `work`, so many times.
    pub fn run(&self, work: &Work, frame: Frame, times: usize) -> Result<f64> {
        let (input, output) = (self.directory.join("spec"), self.directory.join("out"));
        std::fs::write(&input, file(work, frame, times))?;
        let (host, port) = (self.cluster.socket_dir().display(), self.cluster.port());
        let path = match frame {
            Frame::Exported => "public",
            Frame::PutBack => &self.schema,
        };
        let options = format!("{SETTINGS} -c search_path={path}");
        let user = self.cluster.superuser();
        let mut command = Command::new(self.program);
        command
            .arg(format!(
                "host={host} port={port} user={user} dbname=postgres options='{options}'"
            ))
            .stdin(File::open(&input)?)
            .stdout(File::create(&output)?)
            .stderr(Stdio::inherit());
        let began = Instant::now();
        let status = command.status().context("isolationtester")?;
        let elapsed_s = began.elapsed().as_secs_f64();
        ensure!(status.success(), "isolationtester: {status}");
        let said = std::fs::read_to_string(&output)?;
        let ran = said.matches("starting permutation").count();
        ensure!(ran == work.traces.len() * times, "{ran} permutations");
        ensure!(!said.contains("ERROR"), "no schedule here ends in an error");
        Ok(elapsed_s)
    }
}

fn file(work: &Work, frame: Frame, times: usize) -> String {
    let mut steps: Vec<(char, &str)> = Vec::new();
    let mut permutations = String::new();
    for trace in &work.traces {
        permutations.push_str("permutation");
        for step in &trace.steps {
            let sql = step.sql.as_deref().expect("no connection is cut");
            let step = (step.buyer.to_ascii_lowercase(), sql);
            let known = steps.iter().position(|other| *other == step);
            let number = known.unwrap_or_else(|| {
                steps.push(step);
                steps.len() - 1
            });
            let _ = write!(permutations, " {}{number}", step.0);
        }
        permutations.push_str(match frame {
            Frame::Exported => " shelves ordered\n",
            Frame::PutBack => " left\n",
        });
    }
    let (head, audit) = match frame {
        Frame::Exported => exported(work),
        Frame::PutBack => (PUT_BACK.to_owned(), READ.to_owned()),
    };
    let mut text = head;
    for session in ['a', 'b'] {
        let _ = writeln!(text, "session {session}");
        for (number, (_, sql)) in steps.iter().enumerate().filter(|(_, s)| s.0 == session) {
            let _ = writeln!(text, "step {session}{number} {{ {sql}; }}");
        }
    }
    text.push_str(&audit);
    text.push_str(&permutations.repeat(times));
    text
}

/// What stands before and after the sessions of an exported file.
fn exported(work: &Work) -> (String, String) {
    let spec = Spec {
        title: Vec::new(),
        supply: work.case.supply(),
        stock_check: checkout_sim::subject::has_stock_check(work.case.terms.cell.subject),
        isolation: Isolation::ReadCommitted,
        steps: Vec::new(),
        victims: Vec::new(),
    };
    let text = spec.render();
    let at = text.find("\nsession audit").expect("the last session");
    let end = text.find("\npermutation").expect("the last line");
    (
        text[..at].to_owned() + "\n",
        text[at..end].to_owned() + "\n",
    )
}
