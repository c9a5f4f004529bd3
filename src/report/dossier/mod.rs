//! What one command found out, as data: what is saved and read back.

pub(super) mod document;
pub(super) mod exploration;
pub(super) mod load;
pub(super) mod read;
mod without_values;
