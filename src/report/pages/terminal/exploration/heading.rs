//! What is explored, on what, and how.

use crate::explore::bounds::Policy;
use crate::report::dossier::exploration::Exploration;
use crate::report::facts::number::{count, many};
use crate::report::pages::terminal::style::{BOLD, DIM, join_in_lines};
use crate::scenario::Shape;

/// Where there is no server.
pub(super) const IN_MEMORY: &str = " on the model of PostgreSQL in memory";

/// `version`: of the `sim` that ran it; `on`: where it was run, with a blank before
/// it.
pub(super) fn heading(
    version: &str,
    on: &str,
    victims_are_fixed: bool,
    setting: &[String],
) -> String {
    let mut text = format!(
        "{BOLD}sim {version}{BOLD:#}{DIM}{on}{DIM:#}\n{DIM}{}{DIM:#}\n",
        join_in_lines(setting),
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
    let buyers = many(exploration.shape.buyers.into(), "buyer");
    let mut parts = vec![match exploration.policy {
        Policy::Exhaustive => format!("every order of {buyers}"),
        Policy::Random { schedules, seed } => {
            format!(
                "{} of {buyers}, seed {seed}",
                many(schedules, "random order")
            )
        }
    }];
    parts.extend(setting(&exploration.shape));
    if let Some(max) = exploration.switches_max {
        let s = if max == 1 { "" } else { "es" };
        parts.push(format!("at most {max} context switch{s} by choice"));
    }
    parts
}

/// The case, but for the buyers.
pub(super) fn setting(shape: &Shape) -> Vec<String> {
    let units: Vec<String> = shape.units.iter().map(u32::to_string).collect();
    let units = match shape.units.as_slice() {
        [one] => many((*one).into(), "unit"),
        _ => format!("{} units by buyer", units.join(", ")),
    };
    let products = many(shape.products.into(), "product");
    let mut parts = vec![
        format!("{products} x {} in stock", count(shape.stock.into())),
        format!("{} x {units}", many(shape.lines.into(), "line")),
    ];
    if shape.duplicate_lines {
        parts.push("all of one product".into());
    }
    parts.extend(
        shape
            .carts_in_words()
            .map(|carts| format!("carts: {carts}")),
    );
    parts.push(match shape.max_tries {
        1 => "1 try".into(),
        n => format!("up to {n} tries"),
    });
    if shape.crash {
        parts.push("one connection cut anywhere".into());
    }
    parts
}
