//! What is explored, on what, and how.

use crate::explore::bounds::Policy;
use crate::report::dossier::exploration::Exploration;
use crate::report::facts::number::{joined, many};
use crate::report::facts::setting::{actors, of_tables};
use crate::report::pages::terminal::heading::shop;
use crate::report::pages::terminal::style::{BOLD, DIM};
use crate::report::pages::terminal::wrap::settings;
use crate::scenario::Shape;
use crate::shop::Retry;

/// `version`: of the `sim` that ran it; `on`: where it was run, with a blank before
/// it.
pub(super) fn heading(
    version: &str,
    on: &str,
    victims_are_fixed: bool,
    setting: &[String],
    columns: usize,
) -> String {
    let mut text = format!(
        "{BOLD}sim {version}{BOLD:#}{DIM}{on}{DIM:#}\n{DIM}{}{DIM:#}\n",
        settings(setting, columns),
    );
    if !victims_are_fixed {
        text.push_str(
            "this role may not set deadlock_timeout: which buyer a deadlock ends is up to the \
             server\n",
        );
    }
    text.push('\n');
    text
}

/// What is explored, and how.
pub(super) fn search(exploration: &Exploration) -> Vec<String> {
    let buyers = actors(exploration);
    let mut parts = vec![match exploration.policy {
        Policy::Exhaustive => format!("every schedule of {buyers}"),
        Policy::Random { schedules, seed } => {
            let random = many(schedules, "random schedule");
            format!("{random} of {buyers}, seed {seed}")
        }
    }];
    parts.extend(match &exploration.tables {
        None => setting(&exploration.shape),
        Some(tables) => of_tables(tables, &exploration.shape),
    });
    if let Some(max) = exploration.switches_max {
        let s = if max == 1 { "" } else { "es" };
        parts.push(format!("at most {max} context switch{s} by choice"));
    }
    parts
}

/// The small shop, but for its buyers.
pub(super) fn setting(shape: &Shape) -> Vec<String> {
    let units = match shape.units.as_slice() {
        [one] => many((*one).into(), "unit"),
        several => format!("{} units by buyer", joined(several, ", ")),
    };
    let Shape {
        products,
        stock,
        lines,
        ..
    } = *shape;
    let mut parts = shop(products, stock, lines, &units, shape.duplicate_lines);
    let carts = shape.carts_in_words();
    parts.extend(carts.map(|carts| format!("carts: {carts}")));
    parts.push(match shape.max_tries {
        1 => "1 try".into(),
        n => format!("up to {n} tries"),
    });
    if shape.retry == Retry::WholeScript {
        parts.push("whole scripts again".into());
    }
    if shape.crash {
        parts.push("one connection cut anywhere".into());
    }
    parts
}
