//! Where the time of schedules goes, when a program carries them out.

use std::ops::AddAssign;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the time of schedules went, in microseconds, added up over all that were begun. Several
/// that were carried out at the same time count each for itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimeSpent {
    /// How many schedules were begun and ended.
    pub schedules: u64,
    /// All of it, of each schedule from its beginning until its end was judged.
    pub whole_us: u64,
    /// The program worked, or opened a connection.
    pub program_us: u64,
    /// Statements of the program were with the server.
    pub server_us: u64,
    /// The server was asked which statements wait.
    pub looks_us: u64,
    /// The rows were put back.
    pub reset_us: u64,
    /// The end was read, and its invariants were asked.
    pub judging_us: u64,
}

impl TimeSpent {
    /// This part of the whole, from 0 to 1; 0 of nothing.
    #[must_use]
    pub fn part(&self, of_us: u64) -> f64 {
        match self.whole_us {
            0 => 0.0,
            whole => of_us as f64 / whole as f64,
        }
    }

    /// What is neither the program's nor the server's.
    #[must_use]
    pub const fn own_us(&self) -> u64 {
        self.whole_us
            .saturating_sub(self.program_us)
            .saturating_sub(self.server_us)
    }
}

impl AddAssign for TimeSpent {
    fn add_assign(&mut self, other: Self) {
        self.schedules += other.schedules;
        self.whole_us += other.whole_us;
        self.program_us += other.program_us;
        self.server_us += other.server_us;
        self.looks_us += other.looks_us;
        self.reset_us += other.reset_us;
        self.judging_us += other.judging_us;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_the_explorers() {
        let mut spent = TimeSpent {
            schedules: 1,
            whole_us: 100,
            program_us: 60,
            server_us: 30,
            ..TimeSpent::default()
        };
        assert_eq!((spent.own_us(), spent.part(60)), (10, 0.6));
        spent += spent;
        assert_eq!((spent.schedules, spent.own_us()), (2, 20));
        assert_eq!(TimeSpent::default().part(0), 0.0);
    }
}
