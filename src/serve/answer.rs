//! What the shop answers.

use serde::Serialize;

use super::problem::Problem;

/// What is answered: a status and JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ShopAnswer {
    pub(super) status: u16,
    pub(super) body: String,
}

impl ShopAnswer {
    pub(super) fn of(status: u16, body: &impl Serialize) -> Self {
        // Strings, numbers and lists of them.
        let body = serde_json::to_string(body).expect("it is JSON");
        Self { status, body }
    }
}

impl From<Problem> for ShopAnswer {
    fn from(problem: Problem) -> Self {
        Self::of(problem.status, &problem)
    }
}
