//! The pages, each a function of facts.

pub(super) mod annotations;
pub(super) mod csv;
pub(super) mod html;
pub(super) mod junit;
pub(super) mod markdown;
pub(super) mod spec;
pub(super) mod terminal;
