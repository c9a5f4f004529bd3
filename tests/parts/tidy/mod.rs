//! What a machine can check of the architecture: layers, words that have no
//! place somewhere, lengths, dead files.
//!
//! A check that cannot fail is worse than none: beside each rule stands
//! the same rule on sources with planted offences.

mod circles;
mod environment;
mod files;
mod layers;
mod lengths;
mod names;
mod places;
mod prose;
mod scan;
mod source;
mod sql;
mod statements;
