//! What is said of a subject that could not be followed even before its first schedule.

use std::sync::atomic::AtomicBool;

use super::bounds::{Covered, SearchPlan};
use super::case::Case;
use super::found::{Found, judge_all};
use super::unfollowed::Unfollowed;

/// Nothing was found, for this reason.
#[must_use]
pub fn not_begun(case: &Case, plan: SearchPlan, stop: &AtomicBool, why: Unfollowed) -> Found {
    let covered = Covered::default();
    let judgement = judge_all(case, (&[], None), Vec::new(), covered, plan, stop);
    Found {
        covered,
        reduced: false,
        endings: Vec::new(),
        judgement: judgement.not_followed(),
        example: None,
        is_simplest: false,
        reproduced: None,
        race: None,
        raced: None,
        reaches: Vec::new(),
        without_race: None,
        left: Vec::new(),
        compared: None,
        elapsed_us: 0,
        unfollowed: Some(why),
        time_spent: None,
        fault: None,
    }
}
