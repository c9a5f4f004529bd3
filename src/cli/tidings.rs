//! When to say how far the work is where nothing can be drawn: a log of an hour is not to
//! be silent, and one of a second is not to have a line.

use std::time::Duration;

use super::view::{self, WorkStage};

/// From the beginning to the first line, and from one line to the next, at least.
const APART: Duration = Duration::from_secs(10);

/// What was said so far.
#[derive(Debug, Default)]
pub(super) struct Tidings {
    /// When, since the work began.
    last: Duration,
    /// Of which run or cell.
    what: String,
}

impl Tidings {
    /// The line that is due by now, if one is: at most one of each run and of each cell.
    pub(super) fn of(&mut self, stage: &WorkStage) -> Option<String> {
        let is_due = stage.elapsed.saturating_sub(self.last) >= APART && stage.what != self.what;
        is_due.then(|| {
            self.last = stage.elapsed;
            self.what.clone_from(&stage.what);
            view::line(stage)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of work that is at `what` after so many milliseconds, half done.
    fn said(tidings: &mut Tidings, what: &str, ms: u64) -> Option<String> {
        tidings.of(&WorkStage {
            what: what.into(),
            share: 0.5,
            elapsed: Duration::from_millis(ms),
        })
    }

    #[test]
    fn short_work_is_silent_and_long_work_says_where_it_is() {
        let mut tidings = Tidings::default();
        assert_eq!(said(&mut tidings, "run 1: naive", 0), None);
        assert_eq!(said(&mut tidings, "run 1: naive", 9_999), None);
        let line = said(&mut tidings, "run 1: naive", 10_000);
        let expected = "run 1: naive · 50 % · 0:10, about 0:10 left";
        assert_eq!(line.as_deref(), Some(expected));
    }

    #[test]
    fn a_run_has_one_line_however_long_it_takes() {
        let mut tidings = Tidings::default();
        assert!(said(&mut tidings, "run 1: naive", 10_000).is_some());
        assert_eq!(said(&mut tidings, "run 1: naive", 3_600_000), None);
        assert!(said(&mut tidings, "run 2: naive", 3_600_001).is_some());
    }

    /// Many short runs have a line together.
    #[test]
    fn lines_are_apart() {
        let mut tidings = Tidings::default();
        let ends = (1..=31).map(|s| said(&mut tidings, &format!("run {s}: naive"), s * 1_000));
        let lines: Vec<String> = ends.flatten().collect();
        let runs: Vec<&str> = lines.iter().filter_map(|line| line.get(..6)).collect();
        assert_eq!(runs, ["run 10", "run 20", "run 30"]);
    }
}
