//! Rates, and what several rounds of them say.

use std::fmt;

/// The least, the middle and the greatest of several rounds.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    least: f64,
    middle: f64,
    greatest: f64,
}

impl Spread {
    /// Of at least one round.
    pub fn of(mut rounds: Vec<f64>) -> Self {
        rounds.sort_by(f64::total_cmp);
        Self {
            least: rounds[0],
            middle: rounds[rounds.len() / 2],
            greatest: rounds[rounds.len() - 1],
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            least,
            middle,
            greatest,
        } = *self;
        // Ratios need decimals, rates do not.
        let places = match middle {
            _ if middle < 10.0 => 2,
            _ if middle < 100.0 => 1,
            _ => 0,
        };
        let text = format!("{middle:.places$} ({least:.places$} to {greatest:.places$})");
        f.pad(&text)
    }
}
