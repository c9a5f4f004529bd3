//! The truth: what a database holds at rest, held against the planned carts and
//! against what the buyers were told.
//!
//! Nothing here comes from a counter that a strategy kept, and nothing here
//! knows which strategy ran.

mod books;
mod changes;
mod claim;
mod digest;
mod finding;
mod judgement;
mod ledger;
mod own;
mod scarcity;
pub mod serial;
mod tally;
mod verdict;
mod violations;

pub use books::{Audit, audit, has_order, stock};
pub use changes::{RowChange, changes};
pub use claim::Claim;
pub use digest::Digest;
pub use finding::{Finding, Findings, Rule};
pub use judgement::{Doubt, EVIDENCE_MIN, Evidence, Judgement, Ruling, judge};
pub use ledger::{Ledger, OrderLineRow, OrderRow, Plan, ProductRow};
pub use own::{
    Broken, EffectSeen, Invariant, OwnEnd, Raised, StepTold, WithoutRace, answer_in_words,
    generated, judge_own, judge_serial, raised,
};
pub use scarcity::Scarcity;
pub use tally::Tally;
pub use verdict::Verdict;
pub use violations::{Account, RULES, Violations, rule};
