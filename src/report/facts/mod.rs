//! What follows from a dossier, without markup: every page says the same.

pub(super) mod answer;
pub(super) mod broken;
pub(super) mod change;
pub(super) mod changed;
pub(super) mod compared;
pub(super) mod comparison;
pub(super) mod conclusion;
pub(super) mod contradiction;
pub(super) mod deadly;
pub(super) mod ending;
pub(super) mod expectation;
pub(super) mod explain;
pub(super) mod gate;
pub(super) mod known;
pub(super) mod listing;
pub(super) mod number;
pub(super) mod own_load;
pub(super) mod raced;
pub(super) mod script_lines;
pub(super) mod setting;
pub(super) mod source;
pub(super) mod statistics;
pub(super) mod summary;
pub(super) mod table;
mod text_touch;
pub(super) mod undone;
pub(super) mod words;
