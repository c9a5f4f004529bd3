//! A strategy as its reader must see it: the SQL, and what the checkout does with each
//! answer. Two strategies may send the same SQL and differ in an `if` alone.

use crate::cell::Subject;
use crate::database::Engine;
use crate::report::harmless::harmless;
use crate::shop::{Cart, CheckoutKey, Isolation, Line, Sku};
use crate::subject::{self, Then, Unusual, branches};

/// A line of a strategy's listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// A statement begins.
    Statement(String),
    /// It goes on.
    Continued(String),
    /// A line of a script, as it stands in its file.
    Source(String),
    /// What the checkout computes for it.
    Computed(&'static str),
    /// What the checkout does with an answer, as in `if 0 rows: try again`.
    Branch {
        /// What is done.
        text: String,
        /// Whether the answer is passed over.
        is_ignored: bool,
    },
}

/// Whether anything can be listed of a strategy: results may hold one that is not known here.
#[must_use]
pub fn has_listing(subject: Subject) -> bool {
    subject::profile(subject).is_some() || subject::script_text(subject).is_some()
}

/// A script as it stands in its file; of a strategy that is built in the statements of an attempt for a cart of one line at read committed, each
/// followed by its branches.
#[must_use]
pub fn listing(subject: Subject) -> Vec<Listed> {
    if let Some(text) = subject::script_text(subject) {
        let lines = text.lines().map(|line| harmless(line).into_owned());
        return lines.map(Listed::Source).collect();
    }
    let cart = Cart {
        buyer: 0,
        key: CheckoutKey(0),
        lines: [Line {
            sku: Sku(1),
            units: 1,
        }]
        .into(),
        operation: 0,
    };
    let mut lines = Vec::new();
    for step in branches(subject, Isolation::ReadCommitted, &cart) {
        let Some(sql) = Engine::Postgres.text(&step.statement) else {
            continue;
        };
        let mut sql = Engine::Postgres.in_lines(sql).into_iter();
        lines.extend(sql.next().map(Listed::Statement));
        lines.extend(sql.map(Listed::Continued));
        lines.extend(step.values.map(Listed::Computed));
        lines.extend(step.branches.iter().map(branch));
    }
    lines
}

fn branch((unusual, then): &(Unusual, Then)) -> Listed {
    let case = match unusual {
        Unusual::TooLittle => "stock < units",
        Unusual::NoRow => "0 rows",
        Unusual::Refused => "refused by CHECK",
    };
    let then = match then {
        Then::GoesOn => {
            let text = format!("if {case}: goes on all the same");
            return Listed::Branch {
                text,
                is_ignored: true,
            };
        }
        Then::SoldOut => "sold out".to_owned(),
        Then::TriesAgain(_) => "lost to another buyer, tries again".to_owned(),
        Then::Fails(error) => format!("fails: {error}"),
    };
    Listed::Branch {
        text: format!("if {case}: {then}"),
        is_ignored: false,
    }
}
