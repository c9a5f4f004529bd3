//! The judge without a rule: is the end of a schedule one that a serial order gives?
//!
//! A caller runs every serial order of the actors, and of each subset of them, three
//! times ([`Calibration`]). From that [`SerialJudge`] learns which values are generated.
//! It then says of each end which serial order ends alike, or what contradicts all of
//! them: the nearest one, the difference row by row, and a sentence.
//!
//! | file | what it does |
//! |---|---|
//! | `end`, `calibration` | what the judge is given |
//! | `selection` | what the user excludes, or compares by rank |
//! | `piece`, `token`, `clock` | a value in pieces: text, numbers, uuids, times |
//! | `slot`, `columns`, `notes` | what stands in each column, learned from the serial runs |
//! | `times` | whether two runs must be a second apart to be told from each other |
//! | `delta`, `picture` | an end as it is compared: fixed text and labels |
//! | `canon` | one form for all ends that a renaming of labels makes equal |
//! | `orders`, `judge`, `judgement` | which orders are possible, and the verdict |
//! | `owners`, `difference`, `words` | the nearest serial end, row by row and in a sentence |
//! | `history`, `anomaly` | the name of what went wrong, from the steps of a schedule |
//!
//! Nothing here reads a clock, draws, or speaks to a server: equal ends have equal
//! judgements.

mod anomaly;
mod calibration;
mod canon;
mod clock;
mod columns;
mod delta;
mod difference;
mod end;
mod history;
mod judge;
mod judgement;
mod notes;
mod orders;
mod owners;
mod picture;
mod piece;
mod selection;
mod slot;
mod times;
mod token;
mod words;

pub use anomaly::{Anomaly, AnomalyKind, find_anomaly};
pub use calibration::{ActorName, AdvancedSequence, Calibration, CalibrationFault, SerialRuns};
pub use canon::EndDigest;
pub use end::{EndTable, OutsideEffect, PartKind, SerialEnd, Told, WallSpan};
pub use history::{HistoryStep, SeenRow, StepClose, WrittenRow};
pub use judge::SerialJudge;
pub use judgement::{
    ChangedRow, Contradiction, EndDifference, NearestEnd, OutcomeDifference, PartDifference,
    SerialJudgement, SerialVerdict,
};
pub use notes::SerialNotes;
pub use selection::check_names;
pub use times::may_hold_a_time;
