//! From flags to the case that is stepped, refused before anything starts.

use anyhow::{Result, bail};

use super::args::stepped::{CaseArgs, World};
use super::exit::Usage;
use crate::explore::arena::{SESSIONS_MAX, Schedule, letter};
use crate::mvcc::Store;
use crate::scenario::Shape;
use crate::shop::Isolation;

/// More would be no small case any more; none of these is a technical limit.
const PRODUCTS_MAX: u32 = 60;
const UNITS_MAX: u32 = 1_000_000;
const TRIES_MAX: u32 = 100;

/// The case that the flags describe, with that of a file where they say
/// nothing.
pub(super) fn shape(args: &CaseArgs, below: Option<&Shape>, crash: bool) -> Result<Shape> {
    let default = Shape::default();
    let lines = args
        .lines
        .or(below.map(|b| b.lines))
        .unwrap_or(default.lines);
    let below = below.cloned().unwrap_or(Shape {
        products: lines,
        ..default
    });
    let shape = Shape {
        buyers: args.buyers.unwrap_or(below.buyers),
        products: args.products.unwrap_or(below.products),
        stock: args.stock.unwrap_or(below.stock),
        lines,
        units: match args.units.as_slice() {
            [] => below.units,
            units => units.to_vec(),
        },
        lock_order: args.lock_order.map_or(below.lock_order, Into::into),
        max_tries: args.max_tries.unwrap_or(below.max_tries),
        crash: crash || below.crash,
    };
    check(&shape)?;
    Ok(shape)
}

fn check(shape: &Shape) -> Result<()> {
    let buyers_max = SESSIONS_MAX as u32;
    within("--buyers", shape.buyers, 1, buyers_max)?;
    within("--stock", shape.stock, 1, UNITS_MAX)?;
    within("--lines", shape.lines, 1, PRODUCTS_MAX)?;
    within("--products", shape.products, 1, PRODUCTS_MAX)?;
    within("--max-tries", shape.max_tries, 1, TRIES_MAX)?;
    for &units in &shape.units {
        within("--units", units, 1, UNITS_MAX)?;
    }
    if shape.lines > shape.products {
        bail!(Usage(format!(
            "--lines {} needs as many products: --products is {}",
            shape.lines, shape.products
        )));
    }
    if shape.units.len() > 1 && shape.units.len() != shape.buyers as usize {
        bail!(Usage(format!(
            "--units names {} buyers, and there are {}: give one number for all or one for each",
            shape.units.len(),
            shape.buyers
        )));
    }
    Ok(())
}

fn within(flag: &str, value: u32, min: u32, max: u32) -> Result<()> {
    if !(min..=max).contains(&value) {
        bail!(Usage(format!(
            "{flag} is {value}: it must be {min} to {max}"
        )));
    }
    Ok(())
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

/// Refuses a schedule in which somebody moves who does not exist.
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
