//! A step that was let go and is not answered.

use super::cutter::CutPiece;
use super::plan::StepPlan;
use super::tally::StepTally;

/// Where a simple query stands that goes as messages of the extended protocol.
#[derive(Debug)]
pub(super) enum Splitting {
    /// It is not bound yet. Until then the client sees nothing, since it may have to go
    /// as it came after all.
    Unbound(CutPiece),
    /// It cannot go like this: it holds several statements, or is one that fails in
    /// other words.
    Refused(CutPiece),
}

/// A step on its way.
#[derive(Debug)]
pub(super) struct StepRun {
    pub(super) tally: StepTally,
    pub(super) attempt: Option<Splitting>,
    /// The server takes data of a COPY.
    pub(super) is_copying: bool,
    /// Its Sync was sent, or it needs none.
    pub(super) has_sync: bool,
    /// Takes a snapshot alone.
    pub(super) is_snapshot: bool,
    /// Commits a simple query that was split.
    pub(super) is_split_commit: bool,
}

impl StepRun {
    pub(super) fn begin(number: u64, plan: &StepPlan) -> Self {
        Self {
            tally: StepTally::begin(number),
            attempt: None,
            is_copying: false,
            has_sync: !matches!(plan, StepPlan::Extended(_) | StepPlan::Split),
            is_snapshot: matches!(plan, StepPlan::Snapshot),
            is_split_commit: false,
        }
    }

    /// Whether an error says that a simple query cannot be split. To send it again is
    /// safe: to analyse and to bind it has changed nothing. Another error (a time-out, a
    /// cancel) came while it waited, and counts.
    pub(super) fn is_refused_by(&self, sqlstate: &str) -> bool {
        let is_about_its_words = sqlstate.starts_with("42") || sqlstate == "08P01";
        is_about_its_words && matches!(self.attempt, Some(Splitting::Unbound(_)))
    }
}
