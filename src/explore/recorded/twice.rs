//! A request that was made twice.

use super::said::SaidRequest;
use crate::shop::Outcome;

/// A request that was made twice, by two buyers.
#[derive(Debug, Clone)]
pub struct TwiceSaid {
    /// What it is, in few words.
    pub shown: String,
    /// What it said the first time.
    pub first: SaidRequest,
    /// What it said the second time, if that can be compared.
    pub second: Option<SaidRequest>,
    /// The numbers of the buyers.
    pub buyers: (String, String),
    /// The keys of the submissions.
    pub keys: (String, String),
    /// How many units a buyer asks for.
    pub units: Vec<i64>,
    /// What the first buyer was told.
    pub told: Outcome,
    /// Statements that the connections of the program began with, which scripts need too.
    pub opening: Vec<String>,
}
