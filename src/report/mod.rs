//! What `sim` tells a person or a machine: one result type, one small file a
//! format.
//!
//! A [`Report`] carries the whole configuration and the server's fingerprint,
//! so that every format can be rendered again later without a database.

mod destination;
mod dossier;
mod facts;
mod harmless;
mod pages;

pub use destination::Destination;
pub use dossier::document::{Command, CutShort, Dossier, FORMAT, Results, Study, reference};
pub use dossier::exploration::{Exploration, ExploredCell, PlannedCell, WorldKind};
pub use dossier::load::{LoadCell, Report};
pub use dossier::read::Unreadable;
pub use facts::change::{Change, TOLERANCE, changes, differences, unmatched, welch};
pub use facts::comparison::{Compared, compare, goodput_ratio, slower};
pub use facts::conclusion::{Point, conclusion, in_short};
pub use facts::expectation::{Expectation, Of, Status};
pub use facts::gate::expectations;
pub use facts::listing::{Listed, listing};
pub use facts::number::{count, duration};
pub use facts::statistics::{
    Interval, SIGNIFICANT, holm, mean_interval, p_of_zero_mean, share_interval, zero_events_bound,
};
pub use facts::summary::Summary;
pub use facts::undone::fault;
pub use harmless::{harmless, in_harmless_words};
pub use pages::annotations::{SourceFile, to_annotations};
pub use pages::csv::to_csv;
pub use pages::html::to_html;
pub use pages::junit::to_junit;
pub use pages::markdown::to_markdown;
pub use pages::spec::to_specs;
pub use pages::terminal::{
    RecordedPage, Replay, checkup_to_terminal, comparison_to_terminal, exploration_to_terminal,
    page_to_terminal, recorded_to_terminal, replay_to_terminal, results_to_terminal, to_terminal,
};
