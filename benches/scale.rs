//! What many buyers cost `sim`, how soon it begins, and how long an audit takes.
//!
//! `cargo bench --bench scale`, or one part of it: `-- start`, `-- buyers`,
//! `-- audit`
//!
//! The curve runs the program as people do. Its memory is the most that the
//! kernel saw of the process itself, not of the server. Nothing is asserted
//! about time.

#[path = "common/asked.rs"]
mod asked;
#[path = "scale/audit.rs"]
mod audit;
#[path = "scale/program.rs"]
mod program;
#[path = "common/rate.rs"]
mod rate;
#[path = "scale/start.rs"]
mod start;

use anyhow::Result;

use asked::is_asked;
use program::run_sim;

const ROUNDS: usize = 5;

fn main() -> Result<()> {
    type Part = (&'static str, fn() -> Result<()>);
    let parts: [Part; 3] = [
        ("start", start::measure),
        ("audit", audit::measure),
        ("buyers", buyers),
    ];
    for (_, part) in parts.into_iter().filter(|(name, _)| is_asked(name)) {
        part()?;
    }
    Ok(())
}

/// Nothing contends, so that every transaction costs the same.
fn buyers() -> Result<()> {
    println!("\n| buyers | order lines | s | us each | client CPU us each | memory MB |");
    println!("|--:|--:|--:|--:|--:|--:|");
    for buyers in [1_000_u32, 10_000, 100_000, 1_000_000] {
        let run = run_sim(&[
            "--buyers",
            &buyers.to_string(),
            "--connections",
            "100",
            "--products",
            "10000",
            "--stock",
            "1000",
            "--runs",
            "1",
        ])?;
        let each = |us: u64| us as f64 / f64::from(buyers);
        println!(
            "| {buyers} | {} | {:.1} | {:.0} | {:.1} | {:.0} |",
            run.sold,
            run.elapsed_us as f64 / 1e6,
            each(run.elapsed_us),
            each(run.client_cpu_us),
            run.memory_kb as f64 / 1024.0,
        );
    }
    Ok(())
}
