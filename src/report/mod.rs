//! What `sim` tells a person or a machine: one result type, one small file a
//! format.
//!
//! A [`Report`] carries the whole configuration and the server's fingerprint,
//! so that every format can be rendered again later without a database.

mod broken;
mod change;
mod comparison;
mod conclusion;
mod csv;
mod destination;
mod dossier;
mod expectation;
mod explain;
mod exploration;
mod gate;
mod harmless;
mod html;
mod junit;
mod known;
mod load;
mod markdown;
mod number;
mod spec;
mod statistics;
mod summary;
mod terminal;
mod undone;
mod words;

pub use change::{Change, TOLERANCE, changes, differences, unmatched, welch};
pub use comparison::{Compared, compare, goodput_ratio, slower};
pub use conclusion::conclusion;
pub use csv::to_csv;
pub use destination::Destination;
pub use dossier::{Command, CutShort, Dossier, FORMAT, Results, Study, Unreadable, reference};
pub use expectation::{Expectation, Of, Status};
pub use exploration::{Exploration, ExploredCell, Ground, PlannedCell};
pub use gate::expectations;
pub use harmless::{harmless, in_harmless_words};
pub use html::to_html;
pub use junit::to_junit;
pub use load::{LoadCell, Report};
pub use markdown::to_markdown;
pub use spec::to_specs;
pub use statistics::{
    Interval, SIGNIFICANT, holm, mean_interval, p_of_zero_mean, share_interval, zero_events_bound,
};
pub use summary::Summary;
pub use terminal::{
    Replay, comparison_to_terminal, exploration_to_terminal, page_to_terminal, replay_to_terminal,
    results_to_terminal, to_terminal,
};
pub use undone::fault;
