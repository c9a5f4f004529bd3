//! What is asked of the database of a service, or of tables of the user's own.

use crate::database::{RuleError, ServerError};
use crate::oracle::Invariant;
use crate::scenario::OwnTables;
use crate::shop::CheckoutKey;

/// The question whether a buyer has its order, as an invariant that answers a row where it has;
/// `None` where the file asks none.
pub(super) fn looked_up(rules: &OwnTables, buyer: u32, key: CheckoutKey) -> Option<Invariant> {
    let template = rules.service.as_ref()?.look_up.as_ref()?;
    let values = [
        ("buyer", (u64::from(buyer) + 1).into()),
        ("checkout_key", key.0.into()),
    ];
    let values = values.map(|(name, value)| (name.to_owned(), value)).into();
    Some(Invariant {
        name: "look-up".into(),
        sql: template.fill(&values),
    })
}

/// A question that failed, of all at rest.
pub(super) fn refused(error: RuleError) -> ServerError {
    match error {
        RuleError::Server(error) => error,
        refused @ RuleError::Refused { .. } => ServerError::Query {
            what: "audit your tables",
            reason: refused.to_string(),
            is_refusal: true,
        },
    }
}
