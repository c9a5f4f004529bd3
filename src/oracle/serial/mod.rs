//! The judge without a rule.

mod calibration;
mod canon;
mod clock;
mod columns;
mod difference;
mod end;
mod judge;
mod judgement;
mod notes;
mod picture;
mod selection;
mod slot;
mod token;
mod words;

pub use calibration::{ActorName, AdvancedSequence, Calibration, CalibrationFault, SerialRuns};
pub use canon::EndDigest;
pub use end::{OutsideEffect, OwnTable, SerialEnd, Told, WallSpan};
pub use judge::SerialJudge;
pub use judgement::{
    ChangedRow, EndDifference, NearestEnd, OutcomeDifference, PartDifference, RaisedError,
    SerialJudgement, SerialVerdict,
};
pub use notes::SerialNotes;
