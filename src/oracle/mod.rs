//! The invariants: what the database holds after a run, held against the
//! planned carts and against what the buyers were told.
//!
//! Nothing here comes from a counter that a strategy kept, and nothing here
//! knows which strategy ran.

mod books;
mod ledger;
mod scarcity;
mod tally;
mod verdict;
mod violations;

pub use books::{Findings, audit};
pub use ledger::{Ledger, OrderLineRow, OrderRow, Plan, ProductRow, Supply};
pub use scarcity::Scarcity;
pub use tally::Tally;
pub use verdict::{Doubt, EVIDENCE_MIN, Evidence, Judgement, Ruling, Verdict, judge};
pub use violations::{Account, Violations};
