//! What the body of a function or a trigger touches that its statement does not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A statement whose bodies touched other tables than it does itself. A body is one step with
/// its statement, and at read committed each statement within it sees what is committed by then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reach {
    /// What its session does, by the name of the operation.
    pub operation: String,
    /// Its line in the script, from 1.
    pub line: u32,
    /// The triggers and functions that it may have run: `trigger log on meter`.
    pub bodies: Vec<String>,
    /// The tables that it does not touch itself.
    pub tables: Vec<String>,
    /// Whether rows of them that were there were locked or changed.
    pub locks_rows: bool,
}
