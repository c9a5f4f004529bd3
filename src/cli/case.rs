//! From flags to the case that is stepped, refused before anything starts.

use anyhow::{Result, bail};

use super::args::stepped::{CaseArgs, World};
use super::exit::Usage;
use crate::explore::arena::{Schedule, letter};
use crate::mvcc::Store;
use crate::scenario::Shape;
use crate::shop::{Isolation, LockOrder};

/// The case that the flags describe, with that of a file where they say
/// nothing.
pub(super) fn shape(args: &CaseArgs, below: Option<&Shape>, crash: bool) -> Result<Shape> {
    let default = Shape::default();
    let lines = args
        .lines
        .or(below.map(|b| b.lines))
        .unwrap_or(default.lines);
    let duplicate_lines = args.duplicate_lines || below.is_some_and(|b| b.duplicate_lines);
    let distinct = if duplicate_lines { 1 } else { lines };
    // More lines than the file's case has products need as many.
    let products = below.map_or(distinct, |b| b.products.max(distinct));
    let below = below.cloned().unwrap_or(default);
    let shape = Shape {
        buyers: args.buyers.unwrap_or(below.buyers),
        products: args.products.unwrap_or(products),
        stock: args.stock.unwrap_or(below.stock),
        lines,
        duplicate_lines,
        units: match args.units.as_slice() {
            [] => below.units,
            units => units.to_vec(),
        },
        lock_order: args.lock_order.map_or(below.lock_order, Into::into),
        max_tries: args.max_tries.unwrap_or(below.max_tries),
        crash: crash || below.crash,
    };
    shape.validate()?;
    Ok(shape)
}

/// Whether any two buyers want more of one product than there is.
pub(super) fn is_in_catalogue(shape: &Shape) -> bool {
    let mut wanted: Vec<u32> = (0..shape.buyers).map(|b| shape.units_of(b)).collect();
    wanted.sort_unstable();
    let meet = shape.products == 1 || shape.lock_order == LockOrder::Sorted;
    let least: u32 = wanted.iter().take(2).sum();
    meet && shape.lines == 1 && !shape.crash && least > shape.stock
}

/// The model in memory has no answer at serializable, and never guesses.
pub(super) fn check_world(world: World, levels: &[Isolation]) -> Result<()> {
    let unsupported = levels.iter().find(|level| !Store::supports(**level));
    if let (World::Memory, Some(level)) = (world, unsupported) {
        bail!(Usage(format!(
            "--on memory is unsupported at {level}: use --on postgres, or --isolation \
             read-committed,repeatable-read"
        )));
    }
    Ok(())
}

/// Refuses a schedule in which a buyer moves that does not exist.
pub(super) fn check_schedule(schedule: &Schedule, buyers: u32) -> Result<()> {
    if schedule.0.is_empty() {
        bail!(Usage(
            "--schedule is empty: it names who moves, such as AABB".into()
        ));
    }
    let unknown = schedule
        .sessions()
        .into_iter()
        .find(|&s| s >= buyers as usize);
    if let Some(session) = unknown {
        let (who, last) = (letter(session), letter(buyers as usize - 1));
        bail!(Usage(format!(
            "--schedule: there is no buyer {who}; {buyers} buyers are A to {last}: raise --buyers"
        )));
    }
    Ok(())
}
