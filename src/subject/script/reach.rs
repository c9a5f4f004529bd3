//! How far a statement may reach, as far as its words tell.

use super::kind::SqlKind;
use crate::statement::TextReach;

/// Parts of names by which a statement reaches what no lock on a table tells of: advisory
/// locks that are tried or given up, other sessions, SQL within a value, a name in disguise.
const UNTOLD: [&str; 4] = ["pg_", "txid_", "to_xml", "u&"];

/// Parts of names by which it may change what later statements do.
const LASTING: [&str; 2] = ["set_config", "dblink"];

impl SqlKind {
    /// How far a statement of this kind may reach. All of its text counts, with what stands in
    /// literals: too much costs a few schedules, too little could miss one.
    pub(super) fn reach(self, text: &str) -> TextReach {
        let text = text.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if has(&LASTING) {
            return TextReach::Lasting;
        }
        match self {
            // To set the level bears on the transactions that follow.
            Self::Setting if has(&["isolation", "transaction"]) => TextReach::Lasting,
            Self::Other => TextReach::Lasting,
            Self::RollbackTo => TextReach::Anything,
            Self::Setting if text.starts_with("discard") => TextReach::Anything,
            _ if has(&UNTOLD) => TextReach::Anything,
            Self::Select | Self::SelectLocking | Self::Write => TextReach::Query,
            Self::Begin | Self::Commit | Self::Rollback | Self::Savepoint | Self::Setting => {
                TextReach::Session
            }
        }
    }
}
