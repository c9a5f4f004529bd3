//! Measures where the time of schedules goes.

use std::time::{Duration, Instant};

use crate::explore::time_spent::TimeSpent;

/// What takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimePart {
    Program,
    Server,
    Looks,
    Reset,
    Judging,
}

/// Adds up where the time goes.
#[derive(Debug, Default)]
pub(super) struct Meter {
    spent: TimeSpent,
    began: Option<Instant>,
    /// When something was noted last.
    noted: Option<Instant>,
}

impl Meter {
    /// A schedule begins. The one before ended when something was noted of it last: since then the
    /// arena may have had nothing to do.
    pub(super) fn next(&mut self) {
        self.spent.whole_us += self.last_us();
        self.spent.schedules += u64::from(self.began.is_some());
        self.began = Some(Instant::now());
        self.noted = None;
    }

    /// This has just taken the time since then. What comes before the first schedule is left out.
    pub(super) fn note(&mut self, part: TimePart, since: Instant) {
        if self.began.is_none() {
            return;
        }
        self.noted = Some(Instant::now());
        let spent = &mut self.spent;
        let sum = match part {
            TimePart::Program => &mut spent.program_us,
            TimePart::Server => &mut spent.server_us,
            TimePart::Looks => &mut spent.looks_us,
            TimePart::Reset => &mut spent.reset_us,
            TimePart::Judging => &mut spent.judging_us,
        };
        *sum += micros(since.elapsed());
    }

    /// Until now, with so much of the schedule that has begun last.
    pub(super) fn spent(&self) -> TimeSpent {
        TimeSpent {
            whole_us: self.spent.whole_us + self.last_us(),
            ..self.spent
        }
    }

    /// From the beginning of the last schedule until something was noted of it.
    fn last_us(&self) -> u64 {
        let last = self.began.zip(self.noted);
        last.map_or(0, |(began, noted)| micros(noted.duration_since(began)))
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_part_of_a_schedule_is_left_out() {
        let long_ago = Instant::now()
            .checked_sub(Duration::from_millis(5))
            .expect("the machine runs for longer");
        let mut meter = Meter::default();
        meter.note(TimePart::Program, long_ago);
        meter.next();
        let spent = meter.spent();
        assert_eq!((spent.schedules, spent.program_us), (0, 0));
        meter.note(TimePart::Reset, long_ago);
        meter.next();
        let spent = meter.spent();
        assert_eq!((spent.schedules, spent.program_us), (1, 0));
        assert!(spent.reset_us >= 5_000);
        // What follows the last note is of no schedule.
        std::thread::sleep(Duration::from_millis(1));
        assert_eq!(meter.spent(), spent);
        meter.next();
        let whole_us = spent.whole_us;
        assert_eq!(
            (meter.spent().schedules, meter.spent().whole_us),
            (2, whole_us)
        );
    }
}
